import * as z from 'zod'
import type { Message, ToolSpec } from '../../core/model.ts'
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
  partText,
  typesOf,
  textOf,
} from './parts.ts'

const block = z.looseObject({ type: z.string() })
const content = z.union([z.string(), z.array(block)])

const message = z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content })

const tool = z.looseObject({
  /** Absent or `custom` for a tool of the client; others are the server's own at the place where they come from. */
  type: z.string().nullish(),
  name: z.string(),
  description: z.string().nullish(),
  input_schema: z.record(z.string(), z.unknown()).nullish(),
})

const choice = z.union([
  z.looseObject({ type: z.enum(['auto', 'any', 'none']) }),
  z.looseObject({ type: z.literal('tool'), name: z.string() }),
])

const request = z.looseObject({
  model: z.string().max(300).default(''),
  messages: z.array(message).min(1).max(limits.messages),
  system: content.nullish(),
  tools: z.array(tool).max(limits.tools).nullish(),
  tool_choice: choice.nullish(),
  max_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  stop_sequences: z.array(z.string()).max(16).nullish(),
  stream: z.boolean().nullish(),
  thinking: z.looseObject({ type: z.string() }).nullish(),
  output_config: z
    .looseObject({ format: z.looseObject({ schema: z.record(z.string(), z.unknown()).nullish() }).nullish() })
    .nullish(),
  metadata: localBrain,
})

export function parseMessages(body: unknown): { ask: Ask; body: undefined } {
  const read = parseWith(request, body)
  const { temperature, top_p, top_k } = read
  const tools = read.tools ?? []
  const ask = settledAsk({
    model: read.model,
    messages: [...systemOf(read.system), ...messagesOf(read.messages)],
    tools: checkTools(tools.flatMap(specOf)),
    leftOut: typesOf(tools.filter(({ type }) => !isOwn(type))),
    oneCall: read.tool_choice?.['disable_parallel_tool_use'] === true,
    choice: choiceOf(read.tool_choice),
    format: read.output_config?.format?.schema ?? undefined,
    maxTokens: read.max_tokens ?? undefined,
    stop: stopsOf(read.stop_sequences),
    options: { temperature, top_p, top_k },
    think: thinkingOf(read.thinking?.type),
    stream: read.stream ?? false,
    work: read.metadata?.local_brain ?? undefined,
  })
  return { ask, body: undefined }
}

/** Changes with every request, and says nothing to the model: the engine would have to read the whole prompt again. */
const billing = /^x-anthropic-billing-header:[^\n]*\n?/

function systemOf(system: z.infer<typeof content> | null | undefined): Message[] {
  if (system == null) return []
  const blocks = typeof system === 'string' ? [{ type: 'text', text: system }] : system
  const texts = blocks.map((one, at) => partText(one, `system[${at}]`).replace(billing, ''))
  return [{ role: 'system', content: texts.filter((text) => text.trim() !== '').join('\n\n') }]
}

function messagesOf(messages: readonly z.infer<typeof message>[]): Message[] {
  const names = new Map<string, string>()
  return messages.flatMap(({ role, content: said }, at) => {
    const blocks = typeof said === 'string' ? [{ type: 'text', text: said }] : said
    const place = `messages[${at}].content`
    if (role === 'assistant') return [assistantOf(blocks, place, names)]
    return blocks.map((one, index): Message => {
      if (one.type === 'tool_result') return resultOf(one, names)
      return { role, content: partText(one, `${place}[${index}]`) }
    })
  })
}

type Block = z.infer<typeof block>

/** The model's thoughts and its server's actions are not sent again. */
function assistantOf(blocks: readonly Block[], place: string, names: Map<string, string>): Message {
  const toolCalls = blocks
    .filter(({ type }) => type === 'tool_use')
    .map(({ id, name, input }, at) => ({
      id: typeof id === 'string' && id !== '' ? id : `${place}[${at}]`,
      name: typeof name === 'string' && name !== '' ? name : 'unnamed',
      arguments: argumentsOf(input),
      recovered: false,
    }))
  for (const { id, name } of toolCalls) names.set(id, name)
  const texts = blocks.filter(({ type }) => type === 'text')
  return { role: 'assistant', content: textOf(texts, place), toolCalls }
}

function resultOf(result: Block, names: ReadonlyMap<string, string>): Message {
  const read = content.nullish().safeParse(result['content'])
  const text = resultText(read.success ? read.data : '')
  const isError = result['is_error'] === true && !text.startsWith('Error')
  const toolCallId = typeof result['tool_use_id'] === 'string' ? result['tool_use_id'] : ''
  return {
    role: 'tool',
    toolCallId,
    toolName: names.get(toolCallId) ?? 'tool',
    content: isError ? `Error: ${text}` : text,
  }
}

function isOwn(type: string | null | undefined): boolean {
  return type == null || type === 'custom'
}

function specOf({ type, name, description, input_schema: schema }: z.infer<typeof tool>): ToolSpec[] {
  if (!isOwn(type)) return []
  return [{ name, description: description ?? '', parameters: schema ?? { type: 'object' } }]
}

function choiceOf(read: z.infer<typeof choice> | null | undefined): ToolChoice {
  if (read == null || read.type === 'auto') return 'auto'
  if (read.type === 'tool') return { name: read.name }
  return read.type === 'any' ? 'required' : 'none'
}

/** `adaptive` leaves it to the model. */
function thinkingOf(type: string | undefined): boolean | undefined {
  return type === 'enabled' ? true : type === 'disabled' ? false : undefined
}
