import type { ToolCall } from '../../core/model.ts'
import type { End, Piece } from './ask.ts'
import { type ReplyHead, total } from './dialect.ts'
import type { ResponsesBody } from './responses-request.ts'

export type OutputItem = { type: string; id: string; status: 'in_progress' | 'completed'; [key: string]: unknown }

type Filling = {
  output: readonly OutputItem[]
  /** Absent while the answer is under way. */
  end?: End
  error?: { code: string; message: string }
}

/** The response object, with every field that its specification asks for. */
export function responseOf(head: ReplyHead, body: ResponsesBody, { output, end, error }: Filling) {
  const isCut = end?.reason === 'length'
  const status = error !== undefined ? 'failed' : end === undefined ? 'in_progress' : isCut ? 'incomplete' : 'completed'
  const { metadata } = body
  return {
    id: `resp_${head.id}`,
    object: 'response',
    created_at: head.created,
    completed_at: status === 'completed' ? Math.floor(Date.now() / 1000) : null,
    status,
    error: error ?? null,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: head.model,
    output,
    tools: (body.tools ?? []).map(toolOf),
    tool_choice: body.tool_choice ?? 'auto',
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    text: { format: body.text?.format ?? { type: 'text' } },
    reasoning: { effort: body.effort, summary: null },
    temperature: body.temperature ?? 1,
    top_p: body.top_p ?? 1,
    usage: end === undefined ? null : usageOf(end),
    metadata:
      metadata == null ? {} : Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== 'local_brain')),
    ...fixed,
  }
}

/** What can't be asked for here. */
const fixed = {
  background: false,
  frequency_penalty: 0,
  max_tool_calls: null,
  presence_penalty: 0,
  previous_response_id: null,
  prompt_cache_key: null,
  safety_identifier: null,
  service_tier: 'default',
  store: false,
  top_logprobs: 0,
  truncation: 'disabled',
  user: null,
}

function toolOf(tool: NonNullable<ResponsesBody['tools']>[number]) {
  if (tool.type !== 'function') return tool
  const { name, description = null, parameters = null } = tool
  return { type: 'function', name, description, parameters, strict: tool['strict'] ?? null }
}

function usageOf({ usage }: End) {
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: total(usage),
  }
}

export function textPart(text: string) {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

export function summaryPart(text: string) {
  return { type: 'summary_text', text }
}

/** `key` is unique among the items of all replies. */
export function pieceItem({ type, text }: Piece, key: string): OutputItem {
  if (type === 'thinking')
    return { type: 'reasoning', id: `rs_${key}`, status: 'completed', summary: [summaryPart(text)] }
  return { type: 'message', id: `msg_${key}`, status: 'completed', role: 'assistant', content: [textPart(text)] }
}

export function callItem({ id, name, arguments: args }: ToolCall, { namespaced }: ResponsesBody): OutputItem {
  return {
    type: 'function_call',
    id: `fc_${id}`,
    call_id: id,
    ...(namespaced.get(name) ?? { name }),
    arguments: JSON.stringify(args),
    status: 'completed',
  }
}
