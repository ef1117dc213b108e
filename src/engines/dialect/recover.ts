import { coerceTo } from '../../core/coerce.ts'
import { fits, isRecord } from '../../core/fits.ts'
import type { ToolCall, ToolSpec } from '../../core/model.ts'
import { randomHex } from '../../text/hash.ts'
import type { Claim } from './claim.ts'
import { looksLikeCall, maxCalls, readClaims, startsWithTag } from './claims.ts'
import { findOffered, toArguments } from './offered.ts'

/**
 * Calls that a model wrote as text, and the prose before them. Only tools that were offered, with arguments their schema
 * takes; without a mark only when nothing follows. For complete replies: what was cut may mean something else.
 */
export function recoverToolCalls(
  text: string,
  tools: readonly ToolSpec[],
): { calls: ToolCall[]; content: string } | undefined {
  if (tools.length === 0) return undefined
  const read = readClaims(text, tools)
  if (!read || read.claims.length > maxCalls) return undefined
  const calls = read.claims.flatMap((claim) => accept(claim, tools))
  if (calls.length === 0 || (!read.isTagged && calls.length < read.claims.length)) return undefined
  return { calls, content: read.prose }
}

/**
 * True when a reply is, or ends in, a call that is not one of `tools` as they take it: of another tool, with other
 * arguments, or not readable. That answers nothing. `tools` are those that were offered at any time.
 */
export function isCallText(text: string, tools: readonly ToolSpec[]): boolean {
  if (startsWithTag(text)) return true
  const read = readClaims(text, tools)
  if (read === undefined || !read.isLast) return looksLikeCall(text, tools)
  // A bare {"name": …} may be an answer; with arguments, or the name of a tool, it is a call.
  return read.isTagged || read.claims.some((claim) => hasArguments(claim) || findOffered(claim.name, tools))
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
