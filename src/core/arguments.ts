import type { JsonSchema } from './model.ts'
import type { ArgumentIssue, Tool } from './tool.ts'

/** What is wrong with the arguments of a call, and what the tool takes instead. */
export function misuse(tool: Tool, { issues }: { readonly issues: readonly ArgumentIssue[] }): string {
  const problems = issues.map((issue) => {
    const name = issue.path.length === 0 ? 'the arguments' : `"${issue.path.join('.')}"`
    return `${name} ${problemOf(issue)}`
  })
  return `${[...new Set(problems)].slice(0, 5).join(', ')}; ${usageOf(tool)}`
}

/** A note that tells the model which of its arguments were ignored because the tool does not know them. */
export function unknownArguments(tool: Tool, args: unknown): string | undefined {
  const unknown = Object.keys(args ?? {}).filter((name) => !Object.hasOwn(tool.parameters.properties ?? {}, name))
  if (unknown.length === 0) return undefined
  return `[not used: ${unknown
    .slice(0, 5)
    .map((name) => JSON.stringify(name.slice(0, 40)))
    .join(', ')}; ${usageOf(tool)}]`
}

function problemOf(issue: ArgumentIssue): string {
  if (issue.code === 'invalid_type')
    return issue.message.endsWith('received undefined') ? 'is missing' : `has to be ${article(String(issue.expected))}`
  if (issue.code === 'too_small') return `has to be at least ${String(issue.minimum)}`
  if (issue.code === 'too_big') return `has to be at most ${String(issue.maximum)}`
  return issue.code === 'custom' ? issue.message : `is wrong: ${issue.message}`
}

function article(type: string): string {
  return type === 'int' ? 'a whole number' : `a ${type}`
}

/** `read_file takes path (string), offset (integer, optional)`. */
function usageOf({ name, parameters }: Tool): string {
  const properties = Object.entries((parameters.properties ?? {}) as Record<string, JsonSchema>)
  const required = (parameters.required ?? []) as string[]
  if (properties.length === 0) return `${name} takes no arguments`
  const words = properties.map(
    ([key, { type }]) => `${key} (${String(type)}${required.includes(key) ? '' : ', optional'})`,
  )
  return `${name} takes ${words.join(', ')}`
}
