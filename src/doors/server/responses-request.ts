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
  textOf,
  typesOf,
  thinkOf,
} from './parts.ts'
import { invalid } from './refusal.ts'

const parts = z.union([z.string(), z.array(z.looseObject({ type: z.string() }))])

const item = z.looseObject({
  type: z.string().nullish(),
  role: z.enum(['user', 'assistant', 'system', 'developer']).nullish(),
  content: parts.nullish(),
  call_id: z.string().nullish(),
  name: z.string().nullish(),
  namespace: z.string().nullish(),
  arguments: z.unknown().optional(),
  output: z.unknown().optional(),
})

const plainTool = z.looseObject({
  type: z.string(),
  namespace: z.string().nullish(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
})

/** Codex puts the tools of each MCP server into one of type `namespace`. */
const tool = plainTool.extend({ tools: z.array(plainTool).max(limits.tools).nullish() })

const choice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({ type: z.literal('function'), name: z.string() }),
  z.looseObject({ type: z.string() }),
])

const format = z.looseObject({
  type: z.enum(['text', 'json_object', 'json_schema']),
  schema: z.record(z.string(), z.unknown()).nullish(),
})

const stateless = 'nothing is kept here: send the whole conversation'

const request = z.looseObject({
  model: z.string().max(300).default(''),
  input: z.union([z.string(), z.array(item).max(limits.messages)]),
  instructions: z.string().nullish(),
  tools: z.array(tool).max(limits.tools).nullish(),
  tool_choice: choice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.looseObject({ format: format.nullish() }).nullish(),
  reasoning: z.looseObject({ effort: z.string().nullish() }).nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  stream: z.boolean().nullish(),
  metadata: localBrain,
  previous_response_id: z.null(stateless).optional(),
  conversation: z.null(stateless).optional(),
  prompt: z.null('there are no kept prompts').optional(),
  background: z.literal(false, stateless).nullish(),
})

/** What the reply repeats of its request. */
export type ResponsesBody = Pick<
  z.infer<typeof request>,
  | 'instructions'
  | 'tools'
  | 'tool_choice'
  | 'parallel_tool_calls'
  | 'text'
  | 'max_output_tokens'
  | 'temperature'
  | 'top_p'
  | 'metadata'
> & {
  effort: string | null
  /** Tools of namespaces, by the name under which the model knows them. */
  namespaced: ReadonlyMap<string, { namespace: string; name: string }>
}

export function parseResponses(body: unknown): { ask: Ask; body: ResponsesBody } {
  const read = parseWith(request, body)
  const tools = (read.tools ?? []).flatMap(ungrouped)
  const instructions: Message[] = read.instructions ? [{ role: 'system', content: read.instructions }] : []
  const ask = settledAsk({
    model: read.model,
    messages: [...instructions, ...messagesOf(read.input)],
    tools: checkTools(tools.flatMap(specOf)),
    leftOut: typesOf(tools.filter(({ type }) => type !== 'function')),
    oneCall: read.parallel_tool_calls === false,
    choice: choiceOf(read.tool_choice),
    format: formatOf(read.text?.format),
    maxTokens: read.max_output_tokens ?? undefined,
    stop: [],
    options: { temperature: read.temperature, top_p: read.top_p },
    think: thinkOf(read.reasoning?.effort),
    stream: read.stream ?? false,
    work: read.metadata?.local_brain ?? undefined,
  })
  return { ask, body: { ...read, effort: read.reasoning?.effort ?? null, namespaced: namespacedIn(tools) } }
}

type Tool = z.infer<typeof plainTool>

function ungrouped(one: z.infer<typeof tool>): Tool[] {
  if (one.type !== 'namespace') return [one]
  return (one.tools ?? []).map((inner) => ({ ...inner, namespace: one.name }))
}

function namespacedIn(tools: readonly Tool[]): ResponsesBody['namespaced'] {
  const found = new Map<string, { namespace: string; name: string }>()
  for (const { namespace, name } of tools) {
    if (namespace && name) found.set(joined(namespace, name), { namespace, name })
  }
  return found
}

/** Models and engines know no namespaces. */
function joined(namespace: string | null | undefined, name: string): string {
  return namespace ? `${namespace.replace(/_+$/, '')}__${name}` : name
}

function messagesOf(input: z.infer<typeof request>['input']): Message[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  const names = new Map<string, string>()
  return input.flatMap((one, at) => messageOf(one, `input[${at}]`, names))
}

/** Items of other types are the server's own, such as what it thought. */
function messageOf(one: z.infer<typeof item>, place: string, names: Map<string, string>): Message[] {
  const { type, role, call_id: id } = one
  if (type === 'item_reference') throw invalid('Nothing is kept here: send the item itself (store: false)', place)
  // Calls of all kinds of tools of the client have an id for their results.
  if (type === 'function_call' || (id && type?.endsWith('_call'))) return [callOf(one, place, names)]
  if (type?.endsWith('_call_output')) {
    const toolCallId = id ?? ''
    const read = parts.safeParse(one.output)
    const content = read.success ? resultText(read.data) : JSON.stringify(one.output ?? '')
    return [{ role: 'tool', toolCallId, toolName: names.get(toolCallId) ?? 'tool', content }]
  }
  if ((type != null && type !== 'message') || role == null) return []
  const content = textOf(one.content, `${place}.content`)
  if (role === 'assistant') return [{ role, content, toolCalls: [] }]
  return [{ role: role === 'user' ? role : 'system', content }]
}

function callOf(one: z.infer<typeof item>, place: string, names: Map<string, string>): Message {
  const { type, call_id: id, namespace, name, arguments: args, input, action } = one
  const toolCall = {
    id: id || place,
    name: joined(namespace, name || (type === 'function_call' ? 'unnamed' : `${type}`)),
    arguments: type === 'function_call' ? argumentsOf(args) : { input: input ?? action },
    recovered: false,
  }
  names.set(toolCall.id, toolCall.name)
  return { role: 'assistant', content: '', toolCalls: [toolCall] }
}

function specOf({ type, namespace, name, description, parameters }: Tool): ToolSpec[] {
  if (type !== 'function') return []
  const plain = { description: description ?? '', parameters: parameters ?? { type: 'object' } }
  return [{ name: joined(namespace, name ?? ''), ...plain }]
}

function choiceOf(read: z.infer<typeof choice> | null | undefined): ToolChoice {
  if (read == null) return 'auto'
  if (typeof read === 'string') return read
  return read.type === 'function' && typeof read['name'] === 'string' ? { name: read['name'] } : 'auto'
}

function formatOf(read: z.infer<typeof format> | null | undefined) {
  if (read == null || read.type === 'text') return undefined
  return read.schema ?? { type: 'object' }
}
