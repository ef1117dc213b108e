import { isDeeper, isRecord } from '../../core/fits.ts'
import type { ToolCall, ToolSpec } from '../../core/model.ts'
import { findOffered, toArguments } from './offered.ts'

/** A call of a tool as a server gives it, whatever its shape. `id` may be empty, and is not unique across replies. */
export type NativeCall = { id: string; name: string; arguments: unknown }

/** Nested deeper than the arguments of any tool: whatever walks it by recursion would run out of stack. */
const maxDepth = 32

/** What a call without a name is called in the conversation, where an empty name would be refused. */
const nameless = 'unnamed'

/**
 * The calls in a `tool_calls` field, by Ollama's shape or OpenAI's, with the fields inside `function` or beside it. None
 * is an error: what is odd about a call is told to the model when the call is made.
 */
export function readNativeCalls(field: unknown): NativeCall[] {
  const list = Array.isArray(field) ? (field as unknown[]) : [field]
  return list.filter(isRecord).map((call) => {
    const inner = isRecord(call.function) ? call.function : call
    const name = [inner.name, call.function].find((one) => typeof one === 'string' && one.trim() !== '') ?? nameless
    const given = inner.arguments ?? inner.parameters ?? inner.args
    return {
      id: typeof call.id === 'string' ? call.id : '',
      name: name as string,
      arguments: isDeeper(given, maxDepth) ? undefined : given,
    }
  })
}

/** The calls as the offered tools take them. Each gets an id of its own within the reply: results are matched by it. */
export function settleNativeCalls(calls: readonly NativeCall[], tools: readonly ToolSpec[]): ToolCall[] {
  const taken = new Set<string>()
  return calls.map((call, index) => {
    const id = call.id === '' || taken.has(call.id) ? `call_${index}_${call.name}` : call.id
    taken.add(id)
    const tool = findOffered(call.name, tools)
    return {
      id,
      name: tool?.name ?? call.name,
      arguments: toArguments(call.arguments, tool) ?? {},
      recovered: false,
    }
  })
}
