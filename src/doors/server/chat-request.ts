import * as z from 'zod'
import type { JsonSchema, Message, ToolCall, ToolSpec } from '../../core/model.ts'
import type { Ask, ToolChoice } from './ask.ts'
import {
  argumentsOf,
  checkTools,
  limits,
  localBrain,
  parseWith,
  resultText,
  settledAsk,
  stopsOf,
  typesOf,
  textOf,
  thinkOf,
} from './parts.ts'
import { invalid } from './refusal.ts'

const parts = z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).nullish()

const call = z.looseObject({
  id: z.string().nullish(),
  function: z.looseObject({ name: z.string(), arguments: z.unknown().optional() }),
})

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: parts,
  tool_calls: z.array(call).max(limits.messages).nullish(),
  tool_call_id: z.string().nullish(),
  name: z.string().nullish(),
})

const tool = z.looseObject({
  type: z.string(),
  function: z
    .looseObject({
      name: z.string(),
      description: z.string().nullish(),
      parameters: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
})

const choice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({ function: z.looseObject({ name: z.string() }) }),
])

const format = z.looseObject({
  type: z.enum(['text', 'json_object', 'json_schema']),
  json_schema: z.looseObject({ schema: z.record(z.string(), z.unknown()).nullish() }).nullish(),
})

const count = z.int().min(1).nullish()

const request = z.looseObject({
  model: z.string().max(300).default(''),
  messages: z.array(message).min(1).max(limits.messages),
  tools: z.array(tool).max(limits.tools).nullish(),
  tool_choice: choice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  functions: z.null('tools have taken the place of functions').optional(),
  response_format: format.nullish(),
  max_tokens: count,
  max_completion_tokens: count,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(16)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  reasoning_effort: z.string().nullish(),
  n: z.int().max(1, 'only one answer can be asked for').nullish(),
  logprobs: z.literal(false, 'there are no log probabilities').nullish(),
  audio: z.null('there is no audio').optional(),
  modalities: z.array(z.literal('text', 'there is only text')).nullish(),
  metadata: localBrain,
})

export type ChatBody = { includeUsage: boolean }

export function parseChat(body: unknown): { ask: Ask; body: ChatBody } {
  const read = parseWith(request, body)
  const tools = read.tools ?? []
  const options = { temperature: read.temperature, top_p: read.top_p, seed: read.seed }
  const ask = settledAsk({
    model: read.model,
    messages: messagesOf(read.messages),
    tools: checkTools(tools.flatMap(specOf)),
    leftOut: typesOf(tools.filter(({ type }) => type !== 'function')),
    oneCall: read.parallel_tool_calls === false,
    choice: choiceOf(read.tool_choice ?? 'auto'),
    format: formatOf(read.response_format),
    maxTokens: read.max_completion_tokens ?? read.max_tokens ?? undefined,
    stop: stopsOf(read.stop),
    options,
    think: thinkOf(read.reasoning_effort),
    stream: read.stream ?? false,
    work: read.metadata?.local_brain ?? undefined,
  })
  return { ask, body: { includeUsage: read.stream_options?.include_usage ?? false } }
}

function messagesOf(messages: readonly z.infer<typeof message>[]): Message[] {
  const names = new Map<string, string>()
  return messages.map(({ role, content, tool_calls: calls, tool_call_id: id, name }, at): Message => {
    const isResult = role === 'tool' || role === 'function'
    const text = isResult ? resultText(content) : textOf(content, `messages[${at}].content`)
    if (role === 'system' || role === 'developer') return { role: 'system', content: text }
    if (role === 'user') return { role: 'user', content: text }
    if (role === 'assistant') {
      const toolCalls = (calls ?? []).map((one, index) => callOf(one, `messages[${at}].tool_calls[${index}]`))
      for (const one of toolCalls) names.set(one.id, one.name)
      return { role: 'assistant', content: text, toolCalls }
    }
    const toolCallId = id ?? ''
    return { role: 'tool', content: text, toolCallId, toolName: names.get(toolCallId) ?? name ?? 'tool' }
  })
}

function callOf({ id, function: { name, arguments: args } }: z.infer<typeof call>, place: string): ToolCall {
  return { id: id || place, name: name || 'unnamed', arguments: argumentsOf(args), recovered: false }
}

/** Tools of other types are the server's own at the place where they come from. */
function specOf({ type, function: one }: z.infer<typeof tool>): ToolSpec[] {
  if (type !== 'function') return []
  if (one == null) throw invalid('A tool of type "function" needs a function', 'tools')
  return [{ name: one.name, description: one.description ?? '', parameters: one.parameters ?? { type: 'object' } }]
}

function choiceOf(read: z.infer<typeof choice>): ToolChoice {
  return typeof read === 'string' ? read : { name: read.function.name }
}

function formatOf(read: z.infer<typeof format> | null | undefined): JsonSchema | undefined {
  if (read == null || read.type === 'text') return undefined
  return read.json_schema?.schema ?? { type: 'object' }
}
