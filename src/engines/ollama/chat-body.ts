import type { ChatRequest, Message } from '../../core/model.ts'
import type { Think } from '../engine.ts'

/** What a body needs besides the request. Within a run only the seed and the temperature change. */
export type WireSettings = {
  /** The name that is sent, with `:local` if the server understands that. */
  model: string
  numCtx: number
  options: Readonly<Record<string, unknown>>
  think: Think
  keepAlive: string | number
  seed?: number
  temperature?: number
}

/**
 * The body of `/api/chat`. `truncate: false` turns a silent cut into an error. `shift` is never sent, since a value
 * other than the loaded one reloads the model. `format` and `tools` are never sent together, since the grammar forbids
 * calls.
 */
export function chatBody(request: ChatRequest, settings: WireSettings): Record<string, unknown> {
  const { model, numCtx, options, think, keepAlive, seed, temperature = request.temperature } = settings
  return {
    model,
    stream: true,
    // guard: no-truncation
    truncate: false,
    think,
    keep_alive: keepAlive,
    options: {
      ...options,
      temperature: temperature ?? options.temperature,
      seed: seed ?? options.seed,
      num_ctx: numCtx,
      num_predict: request.maxTokens,
    },
    ...toolsOrFormat(request),
    messages: request.messages.map(wireMessage),
  }
}

function toolsOrFormat({ tools, format }: ChatRequest): Record<string, unknown> {
  if (format !== undefined) return { format }
  if (tools.length === 0) return {}
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters },
    })),
  }
}

function wireMessage(message: Message): Record<string, unknown> {
  if (message.role === 'tool') {
    const { content, toolName, toolCallId } = message
    return { role: 'tool', content, tool_name: toolName, tool_call_id: toolCallId }
  }
  if (message.role !== 'assistant') return { role: message.role, content: message.content }
  const { content, thinking, toolCalls } = message
  return {
    role: 'assistant',
    content,
    thinking,
    ...(toolCalls.length > 0 && {
      tool_calls: toolCalls.map(({ id, name, arguments: args }) => ({ id, function: { name, arguments: args } })),
    }),
  }
}
