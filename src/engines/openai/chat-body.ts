import { isRecord } from '../../core/fits.ts'
import type { ChatRequest, JsonSchema, Message } from '../../core/model.ts'
import type { Think } from '../engine.ts'

/** How a reply is held to a schema: by the schema, only to be JSON, or not at all. */
export const formatLevels = ['json_schema', 'json_object', 'none'] as const
type FormatLevel = (typeof formatLevels)[number]

export type BodySettings = {
  model: string
  options: Readonly<Record<string, unknown>>
  /** Absent: not a word about thinking. */
  think?: Think
  formatLevel: FormatLevel
  maxTokens: number
  seed?: number
  temperature?: number
}

/** The body of `/v1/chat/completions`. The window has no place in it: the server has one, and refuses what is longer. */
export function chatBody(request: ChatRequest, settings: BodySettings): Record<string, unknown> {
  const { model, options, think, formatLevel, maxTokens, seed, temperature = request.temperature } = settings
  return {
    ...options,
    model,
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: maxTokens,
    temperature: temperature ?? options.temperature,
    seed: seed ?? options.seed,
    ...(think !== undefined && thinking(think)),
    ...toolsOrFormat(request, formatLevel),
    messages: request.messages.map(wireMessage),
  }
}

/** Templates read their variables, and servers with levels a field of their own. */
function thinking(think: Think): Record<string, unknown> {
  if (typeof think === 'boolean') return { chat_template_kwargs: { enable_thinking: think } }
  return { reasoning_effort: think, chat_template_kwargs: { enable_thinking: true, reasoning_effort: think } }
}

function toolsOrFormat({ tools, format }: ChatRequest, level: FormatLevel): Record<string, unknown> {
  if (format !== undefined) {
    if (level === 'none') return {}
    const schema = level === 'json_schema' && { json_schema: { name: 'reply', strict: true, schema: closed(format) } }
    return { response_format: { type: level, ...schema } }
  }
  if (tools.length === 0) return {}
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters },
    })),
  }
}

/** Says of every object that it has no other keys, which only some servers assume. */
function closed(schema: JsonSchema): JsonSchema {
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === 'enum' || key === 'const' ? value : closedIn(value)]),
  )
  return isRecord(schema.properties) && schema.additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner
}

function closedIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closedIn)
  return isRecord(value) ? closed(value) : value
}

function wireMessage(message: Message): Record<string, unknown> {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.toolCallId, content: message.content }
  if (message.role !== 'assistant') return { role: message.role, content: message.content }
  const { content, thinking: thought, toolCalls } = message
  return {
    role: 'assistant',
    content,
    ...(toolCalls.length > 0 && {
      reasoning_content: thought,
      tool_calls: toolCalls.map(({ id, name, arguments: args }) => ({
        id,
        type: 'function',
        function: { name, arguments: JSON.stringify(args) },
      })),
    }),
  }
}
