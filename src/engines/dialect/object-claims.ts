import { foldName } from '../../core/coerce.ts'
import { isRecord } from '../../core/fits.ts'
import type { ToolSpec } from '../../core/model.ts'
import type { Claim } from './claim.ts'
import { findOffered, toArguments } from './offered.ts'

/** Keys of a call whatever its tool: an object with a name and others than these is data. */
const names = ['name', 'tool_name', 'tool', 'function', 'function_name']
const inputs = ['arguments', 'parameters', 'args', 'params']
const plainKeys = new Set([...names, ...inputs, 'type', 'id', 'index', 'tool_call_id'])

/** Keys that say what kind of thing an object is; the first that names an offered tool counts. */
const nameKey =
  /^(?:tool|function|action|command|method|name|recipient|call|type|use|invoke|api)(?:_?(?:name|call|use|to))?$/i
const inputKey =
  /^(?:arguments?|args?|param(?:eter)?s?|inputs?|kwargs|payload|data|body|(?:action|tool|function)_?(?:input|arguments?|args|param(?:eter)?s?))$/i
/** Text beside a call that is not a part of it. */
const besideKey =
  /^(?:id|type|index|role|content|step|turn|(?:tool_)?call_?id|.*(?:thought|think|reason|explanation|rationale|plan|why|goal)\w*)$/i
const wrapperKey =
  /^(?:tool|function|action|call|request|invocation|response|message|choice|output|use|step)s?(?:_?(?:calls?|uses?|list|requests?))?$/i

/** No call has as many. */
const maxKeys = 64

/**
 * The calls that a JSON value is, whatever its keys: those of an offered tool, and of any tool in the plain form.
 * Undefined for data, which may have a `name` or an `action` as well: everything beside the name of a tool has to be its
 * arguments or a remark.
 */
export function claimsIn(value: unknown, tools: readonly ToolSpec[]): Claim[] | undefined {
  if (Array.isArray(value)) {
    const [first, second, ...more] = value as unknown[]
    const isPair = typeof first === 'string' && isRecord(second) && more.length === 0
    if (isPair && findOffered(first, tools)) return [{ name: first, arguments: second }]
    const claims = value.map((item) => claimsIn(item, tools))
    return claims.length === 0 || claims.includes(undefined) ? undefined : claims.flatMap((claim) => claim ?? [])
  }
  if (!isRecord(value) || Object.keys(value).length > maxKeys) return undefined
  return plainClaim(value) ?? namedClaim(value, tools) ?? keyedClaims(value, tools) ?? wrappedClaims(value, tools)
}

/** `{"name": …, "arguments": …}` in the spellings that models are trained on. */
function plainClaim(value: Record<string, unknown>): Claim[] | undefined {
  if (Object.keys(value).some((key) => !plainKeys.has(key))) return undefined
  const inner = isRecord(value.function) ? value.function : value
  const name = names.map((key) => inner[key]).find((one) => typeof one === 'string')
  const given = inputs.map((key) => inner[key]).find((one) => one !== undefined && one !== null)
  return typeof name === 'string' ? [{ name, arguments: given ?? {} }] : undefined
}

/** The name of an offered tool under any key, its arguments under another or beside it. */
function namedClaim(value: Record<string, unknown>, tools: readonly ToolSpec[]): Claim[] | undefined {
  const entries = Object.entries(value)
  const named = entries.filter(([, one]) => typeof one === 'string' && findOffered(one, tools) !== undefined)
  const found = named.find(([key]) => nameKey.test(key)) ?? named[0]
  const tool = found && findOffered(found[1] as string, tools)
  if (found === undefined || tool === undefined) return undefined
  const others = entries.filter(([key]) => key !== found[0])
  const inputEntry = others.find(([key]) => inputKey.test(key)) ?? only(others.filter(([, one]) => isRecord(one)))
  const rest = others.filter(([key]) => key !== inputEntry?.[0] && !besideKey.test(key))
  const claim = { name: tool.name, arguments: inputEntry?.[1] ?? Object.fromEntries(rest) }
  if (rest.length === 0) return [claim]
  // With more than a remark beside it, only a full set of the tool's parameters tells a call from data.
  const given = inputEntry === undefined ? claim.arguments : toArguments(inputEntry[1], tool)
  return isAllTaken(given, tool) ? [claim] : undefined
}

/** `{"read_file": {"path": …}}`, one or more. */
function keyedClaims(value: Record<string, unknown>, tools: readonly ToolSpec[]): Claim[] | undefined {
  const entries = Object.entries(value)
  const claims = entries.flatMap(([key, given]): Claim[] => {
    const tool = findOffered(key, tools)
    const isWord = typeof given === 'string' && entries.length === 1 && !/\s/.test(given)
    return tool && (isRecord(given) || isWord) ? [{ name: tool.name, arguments: given }] : []
  })
  return claims.length > 0 && claims.length === entries.length ? claims : undefined
}

/** `{"tool_calls": […]}`, `{"action": {…}}`: calls under a word for calls, and nothing else that says anything. */
function wrappedClaims(value: Record<string, unknown>, tools: readonly ToolSpec[]): Claim[] | undefined {
  const entries = Object.entries(value).filter(([key, one]) => one !== null && one !== '' && !besideKey.test(key))
  const inner = only(entries)
  if (inner === undefined || !wrapperKey.test(inner[0])) return undefined
  return typeof inner[1] === 'object' ? claimsIn(inner[1], tools) : undefined
}

function isAllTaken(given: unknown, { parameters }: ToolSpec): boolean {
  const known = Object.keys(isRecord(parameters.properties) ? parameters.properties : {}).map(foldName)
  const keys = isRecord(given) ? Object.keys(given) : []
  return keys.length > 0 && keys.every((key) => known.includes(foldName(key)))
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined
}
