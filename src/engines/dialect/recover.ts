import { randomHex } from '../../text/hash.ts'
import { coerceTo } from '../../core/coerce.ts'
import { fits, isRecord } from '../../core/fits.ts'
import type { ToolCall, ToolSpec } from '../../core/model.ts'
import type { Claim } from './claim.ts'
import { findOffered, toArguments } from './offered.ts'
import { readClaims, startsWithTag } from './claims.ts'

/** More in one reply is a model that repeats itself. */
const mostCalls = 32

/**
 * Calls that a model wrote as text, and the prose before them. Only tools that were offered, with arguments their schema
 * takes; text without a marker only when all of it is calls. For complete replies: what was cut may mean something else.
 */
export function recoverToolCalls(
  text: string,
  tools: readonly ToolSpec[],
): { calls: ToolCall[]; content: string } | undefined {
  if (tools.length === 0) return undefined
  const read = readClaims(text)
  if (!read || read.claims.length > mostCalls) return undefined
  const calls = read.claims.flatMap((claim) => accept(claim, tools))
  if (calls.length === 0 || (!read.isTagged && calls.length < read.claims.length)) return undefined
  return { calls, content: read.prose }
}

/** True when the reply is nothing but a call, whatever its name: where no tool was offered, that answers nothing. */
export function isCallText(text: string): boolean {
  if (startsWithTag(text)) return true
  const read = readClaims(text)
  if (!read || read.prose !== '') return false
  // A bare {"name": …} may be an answer; with arguments it is a call.
  return read.isTagged || read.claims.some(hasArguments)
}

function hasArguments({ arguments: given }: Claim): boolean {
  return typeof given === 'string' || (isRecord(given) && Object.keys(given).length > 0)
}

function accept(claim: Claim, tools: readonly ToolSpec[]): ToolCall[] {
  const tool = findOffered(claim.name, tools)
  if (!tool) return []
  const given = coerceTo(tool.parameters, toArguments(claim.arguments, tool))
  if (!isRecord(given) || !fits(tool.parameters, given)) return []
  return [{ id: `call_${randomHex(4)}`, name: tool.name, arguments: given, recovered: true }]
}
