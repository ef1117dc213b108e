import { isRecord } from '../../core/fits.ts'
import { type Claim, type Found, matchAt, skipBlank } from './claim.ts'

/** Arguments nested deeper than any tool's are no call. */
const deepest = 32

const callKeys = new Set(
  ['name', 'tool_name', 'arguments', 'parameters', 'args', 'function', 'type', 'id', 'index'].concat('tool_call_id'),
)

/** The JSON object or list at `at`, by its brackets: whatever follows is left alone. */
export function readJson(text: string, at: number): Found<unknown> | undefined {
  const start = skipFence(text, skipBlank(text, at))
  const end = endOfJson(text, start)
  if (end === undefined) return undefined
  try {
    return { value: JSON.parse(text.slice(start, end)) as unknown, end }
  } catch {
    return undefined
  }
}

/** One call object or more, or a list of them; several may follow each other, apart by blanks, commas or semicolons. */
export function readJsonClaims(text: string, at: number): Found<Claim[]> | undefined {
  const claims: Claim[] = []
  let end: number | undefined
  for (let next = at; ; ) {
    const found = readJson(text, next)
    const more = found && claimsOf(found.value)
    if (!found || !more) break
    claims.push(...more)
    end = found.end
    next = (matchAt(/(?:\s*```)?[\s,;]*/y, text, end)?.[0].length ?? 0) + end
  }
  return end === undefined || claims.length === 0 ? undefined : { value: claims, end }
}

function skipFence(text: string, at: number): number {
  const fence = matchAt(/```\w{0,16}\s*/y, text, at)
  return fence ? at + fence[0].length : at
}

function endOfJson(text: string, start: number): number | undefined {
  if (text[start] !== '{' && text[start] !== '[') return undefined
  let depth = 0
  let inString = false
  for (let at = start; at < text.length; at += 1) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at += 1
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') {
      depth += 1
      if (depth > deepest) return undefined
    } else if (character === '}' || character === ']') {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return undefined
}

function claimsOf(value: unknown): Claim[] | undefined {
  const claims = [value].flat().map(claimOf)
  return claims.includes(undefined) ? undefined : claims.filter((claim) => claim !== undefined)
}

/** An object that has a call's keys and no others: an answer that happens to have a "name" is none. */
function claimOf(value: unknown): Claim | undefined {
  if (!isRecord(value) || Object.keys(value).some((key) => !callKeys.has(key))) return undefined
  const inner = isRecord(value.function) ? value.function : value
  const name = inner.name ?? inner.tool_name ?? inner.function
  if (typeof name !== 'string') return undefined
  return { name, arguments: inner.arguments ?? inner.parameters ?? inner.args ?? {} }
}
