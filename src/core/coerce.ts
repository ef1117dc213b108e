import { fits, isRecord } from './fits.ts'
import type { JsonSchema } from './model.ts'

/** The letters and digits of a name, in lower case: models vary the rest. Letters of any script count. */
export function foldName(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
}

/**
 * Converts `value` to what `schema` asks for, as far as this takes no guessing: types ("5" → 5, "true" → true, JSON
 * text → object) and the spelling of names (`ignoreCase` → `ignore_case`). What fits already is left alone.
 */
export function coerceTo(schema: JsonSchema, value: unknown, name = ''): unknown {
  if (Array.isArray(schema.anyOf)) return coerceToAny(schema.anyOf as JsonSchema[], value, name)
  const types = [schema.type].flat()
  if (types.length > 1 && fits({ type: types }, value)) return value
  if (types.includes('object')) return coerceObject(schema, typeof value === 'string' ? parsed(value, '{') : value)
  if (types.includes('array')) return coerceArray(schema, typeof value === 'string' ? parsed(value, '[') : value)
  if (types.includes('string')) return coerceString(value, name)
  if (typeof value !== 'string') return value
  const text = unquoted(value)
  if (types.includes('integer') || types.includes('number'))
    return /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : value
  if (types.includes('boolean')) return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : value
  return value
}

function coerceToAny(choices: JsonSchema[], value: unknown, name: string): unknown {
  if (choices.some((choice) => fits(choice, value))) return value
  for (const choice of choices) {
    const changed = coerceTo(choice, value, name)
    if (fits(choice, changed)) return changed
  }
  return value
}

/** Leaves out optional arguments given as null or as an empty string, unless the schema allows that value. */
function coerceObject(schema: JsonSchema, value: unknown): unknown {
  if (!isRecord(value)) return value
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>
  const required = (schema.required ?? []) as string[]
  const entries = Object.entries(renamed(value, properties, required)).map(([key, inner]) => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    return [key, property === undefined ? inner : coerceTo(property, inner, key)] as const
  })
  return Object.fromEntries(
    entries.filter(([key, inner]) => {
      const isAbsent = inner === null || inner === '' || inner === undefined
      const property = Object.hasOwn(properties, key) ? properties[key] : undefined
      return !(isAbsent && property !== undefined && !required.includes(key) && !fits(property, inner))
    }),
  )
}

/**
 * Renames fields to the names in the schema. First come other spellings; then, if exactly one required string is
 * missing and exactly one unknown string is left over, that one takes its name (`file_path` → `path`).
 */
function renamed(
  value: Record<string, unknown>,
  properties: Record<string, JsonSchema>,
  required: readonly string[],
): Record<string, unknown> {
  const names = new Map(Object.keys(properties).map((name) => [foldName(name), name]))
  const isKnown = (key: string) => Object.hasOwn(properties, key)
  const spelt = Object.entries(value).map(([key, inner]) => {
    const name = isKnown(key) ? key : (names.get(foldName(key)) ?? key)
    return [name === key || Object.hasOwn(value, name) ? key : name, inner] as const
  })
  const [missing, ...more] = required.filter((name) => !spelt.some(([key]) => key === name))
  const [stranger, ...others] = spelt.filter(([key]) => !isKnown(key))
  const isPlain = more.length + others.length === 0 && typeof stranger?.[1] === 'string'
  if (missing === undefined || stranger === undefined || !isPlain || properties[missing]?.type !== 'string') {
    return Object.fromEntries(spelt)
  }
  return Object.fromEntries(spelt.map(([key, inner]) => [key === stranger[0] ? missing : key, inner]))
}

function coerceArray(schema: JsonSchema, value: unknown): unknown {
  return Array.isArray(value) && isRecord(schema.items)
    ? value.map((item) => coerceTo(schema.items as JsonSchema, item))
    : value
}

/** Models put quotes and line breaks around paths. Other text is exactly what they mean, such as a file to write. */
function coerceString(value: unknown, name: string): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return value
  return /(?:path|file|folder|directory|glob)$/i.test(name) ? unquoted(value) : value
}

function unquoted(text: string): string {
  const trimmed = text.trim()
  const inner = /^(["'`])([^]*)\1$/.exec(trimmed)?.[2]
  return inner === undefined || inner === '' ? trimmed : inner.trim()
}

function parsed(text: string, opening: string): unknown {
  if (!text.trimStart().startsWith(opening)) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
