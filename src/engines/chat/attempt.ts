import { maxReplyChars } from '../../core/estimate.ts'
import { createCircling } from './circling.ts'
import { failureOf } from './failure.ts'
import type {
  AssistantMessage,
  ChatContext,
  ChatRequest,
  Message,
  Outcome,
  ToolCalling,
  ToolSpec,
  Usage,
} from '../../core/model.ts'
import type { ChatReply, Delta, Manner, Wire } from './wire.ts'
import { isEcho } from '../dialect/echo.ts'
import { isCallText, recoverToolCalls } from '../dialect/recover.ts'
import { settleNativeCalls } from '../dialect/native.ts'
import { endingOf, type Trouble } from './remedies.ts'
import { createSpeech } from '../dialect/speech.ts'
import { splitLeaks } from '../dialect/leaks.ts'

/** How this model's tool calls arrive. `change` also remembers it for the next run. */
export type ToolCallingState = { readonly current: ToolCalling; change(next: ToolCalling): void }

export type ChatSettings = {
  wire: Wire
  window: { readonly numCtx: number }
  /** The window that the server is sure to have, when it may be larger than the one to budget with. */
  serverWindow?: number
  /** Model options; another attempt varies the seed and the temperature. */
  options: Readonly<Record<string, unknown>>
  toolCalling: ToolCallingState
  /** Turns the conversation into plain text for a model without native tool calling (createPrompted). */
  prompted: (messages: readonly Message[], tools: readonly ToolSpec[]) => Message[]
}

/** How this attempt differs from the request. */
export type Plan = {
  reseeded: number
  noThinking: boolean
  /** The server refuses `think` for this model. */
  thinkRefused: boolean
  /** The tools that were offered so far. */
  known: readonly ToolSpec[]
  /** A note for the model. */
  tell?: string
}

export type Attempt = { message: AssistantMessage; usage: Usage } & (
  | { outcome: Outcome }
  | { trouble: Trouble; error?: unknown }
)

/** Sends the request once. Rejects when a retry cannot help, above all when aborted. */
export async function attemptChat(
  request: ChatRequest,
  plan: Plan,
  settings: ChatSettings,
  context: ChatContext,
): Promise<Attempt> {
  const { wire, toolCalling, window } = settings
  const tools = toolCalling.current === 'none' ? [] : request.tools
  const speech = createSpeech(context.emit, { tools, isJson: request.format !== undefined })
  const bound = boundReply(request, plan, context.signal)
  try {
    const { noThinking, thinkRefused } = plan
    const manner = { noThinking, thinkRefused, ...variation(request, plan, settings.options) }
    const reply = await wire.send(toldRequest(request, plan, settings), manner, {
      signal: bound.signal,
      onWaiting: (elapsedMs) => context.emit({ type: 'waiting', elapsedMs }),
      onDelta: (delta) => {
        speech.add(delta)
        bound.add(delta)
      },
    })
    const attempt = settle(shorten(reply, request), request, plan, window.numCtx)
    if ('outcome' in attempt) speech.end(attempt.message.content)
    return attempt
  } catch (error) {
    if (error === tooMuchThought) return { message: noWords, usage: oneCall, trouble: 'thought-only' }
    if (error === sameAgain) return { message: noWords, usage: oneCall, trouble: 'circling' }
    const trouble = failureOf(error)?.kind
    if (trouble === undefined) throw error
    return { message: noWords, usage: oneCall, trouble, error }
  }
}

const noWords: AssistantMessage = { role: 'assistant', content: '', toolCalls: [] }

/** Characters of about 2,048 tokens. Whoever thinks longer before a call of a tool seldom comes to make it. */
const maxThought = 8192

const tooMuchThought = new Error('too much was thought')
const sameAgain = new Error('the same was written again and again')

/**
 * Ends a reply that may call tools and only thinks; asked again, the model answers without. And ends prose that goes round
 * in circles, which nothing else ends before the limit of the reply.
 */
function boundReply({ tools, format }: ChatRequest, { noThinking }: Plan, signal: AbortSignal) {
  const stop = new AbortController()
  const isCircling = createCircling()
  let left = maxThought
  return {
    signal: AbortSignal.any([signal, stop.signal]),
    add({ content, thinking }: Delta) {
      left = content.trim() === '' ? left - thinking.length : Number.POSITIVE_INFINITY
      // guard: thinking-bound
      if (left < 0 && tools.length > 0 && !noThinking) stop.abort(tooMuchThought)
      if (format === undefined && isCircling(content)) stop.abort(sameAgain)
    },
  }
}

const oneCall: Usage = { promptTokens: 0, outputTokens: 0, loadMs: 0, promptMs: 0, outputMs: 0, modelCalls: 1 }

/** The request with the note, and as plain text where the model has no tool calling of its own. */
function toldRequest(request: ChatRequest, plan: Plan, { toolCalling, prompted }: ChatSettings): ChatRequest {
  const told = { ...request, messages: tell(request.messages, plan.tell) }
  if (toolCalling.current !== 'prompted') return told
  return { ...told, messages: prompted(told.messages, request.tools), tools: [] }
}

/** Another seed, and a temperature at which the seed matters. */
function variation(
  { temperature }: ChatRequest,
  { reseeded }: Plan,
  options: ChatSettings['options'],
): Pick<Manner, 'seed' | 'temperature'> {
  if (reseeded === 0) return {}
  const seed = typeof options.seed === 'number' ? options.seed : 0
  const base = temperature ?? (typeof options.temperature === 'number' ? options.temperature : 0.2)
  return { seed: seed + reseeded, temperature: Math.min(1.2, base + 0.3 * reseeded) }
}

/** Appends the note to the last message. As a new user message it would drop earlier thinking from the prompt. */
function tell(messages: readonly Message[], note: string | undefined): readonly Message[] {
  const last = messages.at(-1)
  if (note === undefined || last === undefined || last.role === 'assistant') return messages
  return [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${note}` }]
}

/** Prose ends where no more was asked for. JSON is cut by its reader, for whom it may be whole by then. */
function shorten(reply: ChatReply, { format, maxTokens }: ChatRequest): ChatReply {
  const maxChars = maxReplyChars(maxTokens)
  const { content, thinking } = reply
  // guard: prose-length
  if (format !== undefined || Math.max(content.length, thinking.length) <= maxChars) return reply
  return { ...reply, content: content.slice(0, maxChars), thinking: thinking.slice(0, maxChars), doneReason: 'length' }
}

function settle(reply: ChatReply, request: ChatRequest, { known }: Plan, numCtx: number): Attempt {
  const { content, thinking: leaked } = splitLeaks(reply.content, { isJson: request.format !== undefined })
  const thinking = reply.thinking + leaked
  const calls = request.tools.length > 0 ? reply.calls : []
  const ending = endingOf({ ...reply, content, thinking, calls }, numCtx)
  const message: AssistantMessage = { role: 'assistant', content, ...(thinking !== '' && { thinking }), toolCalls: [] }
  const { usage } = reply
  if (ending === 'tools')
    return { message: { ...message, toolCalls: settleNativeCalls(calls, request.tools) }, outcome: 'tools', usage }
  if (ending === 'answer') return settleText(message, request, known, usage)
  if (ending === 'cut' && isCutCall(message, request)) return { message, outcome: 'call-cut', usage }
  if (ending === 'cut' || ending === 'context-full')
    return isEchoOf(message, request, known) ? { message, trouble: 'echo', usage } : { message, outcome: ending, usage }
  // A model that forgets to close its thinking calls from within it.
  const recovered = ending === 'thought-only' ? recoverToolCalls(thinking, request.tools) : undefined
  if (recovered !== undefined) return { message: { ...message, toolCalls: recovered.calls }, outcome: 'tools', usage }
  return { message, trouble: ending, usage }
}

/** Servers keep a call to themselves until it is whole: a cut reply without anything in it was one, as is its beginning. */
function isCutCall({ content, thinking = '' }: AssistantMessage, { tools }: ChatRequest): boolean {
  if (tools.length === 0) return false
  return content.trim() === '' ? thinking.trim() === '' : isCallText(content, tools)
}

/** Text may contain calls that the server did not recognise. Text that is only an unusable call is not an answer. */
function settleText(
  message: AssistantMessage,
  request: ChatRequest,
  known: readonly ToolSpec[],
  usage: Usage,
): Attempt {
  const recovered = recoverToolCalls(message.content, request.tools)
  if (recovered !== undefined) {
    return { message: { ...message, content: recovered.content, toolCalls: recovered.calls }, outcome: 'tools', usage }
  }
  if (isEchoOf(message, request, known)) return { message, trouble: 'echo', usage }
  const usesTools = request.tools.length > 0 || request.messages.some(({ role }) => role === 'tool')
  const isCall = usesTools && request.format === undefined && isCallText(message.content, known)
  return isCall ? { message, trouble: 'unreadable-call', usage } : { message, outcome: 'answer', usage }
}

function isEchoOf({ content }: AssistantMessage, request: ChatRequest, known: readonly ToolSpec[]): boolean {
  return request.format === undefined && isEcho(content, known, request.messages)
}
