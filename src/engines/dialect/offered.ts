import { foldName } from '../../core/coerce.ts'
import { isRecord } from '../../core/fits.ts'
import type { JsonSchema, ToolSpec } from '../../core/model.ts'
import { readLoose } from './loose.ts'

/**
 * The offered tool that a name means. As it is written first; then without its dress: namespaces and channels around it
 * (`functions.read_file`, `read_file<|channel|>json`), another case, blanks or hyphens in place of underscores.
 */
export function findOffered(name: string, tools: readonly ToolSpec[]): ToolSpec | undefined {
  const exact = tools.find((tool) => tool.name === name)
  if (exact !== undefined) return exact
  if (name.length > maxName) return undefined
  const wanted = new Set([name, ...name.split(/[^\w-]+|__/)].map(foldName))
  const found = tools.filter((tool) => wanted.has(foldName(tool.name)))
  return found.length === 1 ? found[0] : undefined
}

/** The source of an expression for a name as it may be written: with hyphens, in camel case. Use it without case. */
export function spellings(name: string): string {
  return name.replaceAll(/[^\w-]/g, String.raw`\$&`).replaceAll(/[_-]+/g, '[_-]?')
}

/** A longer one names no tool, whatever is around it. */
const maxName = 200

/**
 * The arguments of a call as an object: text is read as JSON, and plain text is the one argument that a tool needs.
 * Undefined when there is no telling. Whether they fit the tool is for whoever makes the call.
 */
export function toArguments(given: unknown, tool: ToolSpec | undefined): Record<string, unknown> | undefined {
  if (isRecord(given)) return given
  if (Array.isArray(given) && given.length === 1 && isRecord(given[0])) return given[0]
  if (given === undefined || given === null) return {}
  if (typeof given !== 'string') return undefined
  if (given.trim() === '') return {}
  const only = tool && onlyText(tool.parameters)
  try {
    const read = JSON.parse(given) as unknown
    // Text within text is shorter each time.
    return isRecord(read) || typeof read === 'string' || Array.isArray(read) ? toArguments(read, tool) : undefined
  } catch {
    if (!/^\s*[[{]/.test(given)) return only === undefined ? undefined : { [only]: given }
    const read = readLoose(given, 0)?.value
    return isRecord(read) ? read : undefined
  }
}

/** The one required property, when it is text. */
function onlyText({ required, properties }: JsonSchema): string | undefined {
  const [name, ...others] = Array.isArray(required) ? (required as string[]) : []
  const property = name === undefined || !isRecord(properties) ? undefined : properties[name]
  return others.length === 0 && isRecord(property) && property.type === 'string' ? name : undefined
}
