import type { Answer } from '../../core/answer.ts'
import { createConversation } from '../../core/conversation.ts'
import { offeredTools } from '../../core/converse.ts'
import { startDeadline } from '../../core/deadline.ts'
import type { AgentEvent, Emit } from '../../core/events.ts'
import type { Message, Model, ToolCall, ToolSpec } from '../../core/model.ts'
import { isError } from '../../errors.ts'
import { type Answered, type Ask, type Piece, addPiece } from './ask.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { type OwnTools, stepLine } from './own-tools.ts'
import type { Steps } from './steps.ts'
import { stoppingAt } from './stop-sequences.ts'
import { tooLong } from './too-long.ts'

/** Where the calls of the server's own tools are shown. */
export type ShowTools = 'reasoning' | 'text' | 'off'

export type ExchangeSettings = {
  model: Model
  /** Tools that the server carries out itself. */
  own: OwnTools
  toolWords: string
  steps: Steps
  /** What the model is told. */
  prompt: Prompt
  /** Requests to the model for one request of a client. */
  turns: number
  /** Seconds. */
  timeout: number
  showTools: ShowTools
  /** The client has seen what was said so far. */
  streams: boolean
  signal: AbortSignal
  say: (piece: Piece) => void
}

const withdrawnNote = '\n\n[the text above is not the answer; it follows]\n\n'

/** Holds the conversation of one request. Rejects with Refusal when there is nothing to show. */
export async function exchange(ask: Ask, settings: ExchangeSettings): Promise<Answered> {
  const { own, signal } = settings
  const deadline = startDeadline(settings.timeout, signal)
  const speech = createSpeech(settings)
  const stopping = stoppingAt(settings.model, ask.stop)
  const chat = shaped(stopping.model, ask)
  const { messages: given, callerTools } = settings.prompt
  const { workspace, editor, commands, permit } = own
  const conversation = createConversation(
    {
      workspace,
      editor,
      commands,
      permit,
      model: chat.model,
      tools: own.tools,
      callerTools,
      fixed: given.length,
      emit: speech.emit,
    },
    given,
  )
  try {
    let left = settings.turns
    let answer: Answer
    do {
      const limits = { signal: deadline.signal, turns: left, maxTokens: ask.maxTokens ?? Number.POSITIVE_INFINITY }
      answer = await conversation.send([], { ...limits, answerBy: deadline.answerBy })
      left -= answer.turns
      // Results of the client would come with the next request, and those of the server would be lost by then.
    } while (answer.stop === 'calls' && hasOwnCalls(conversation.messages, answer.calls) && left > 0)
    signal.throwIfAborted()
    if (speech.isEmpty() && chat.overflow() !== undefined) throw chat.overflow() as Refusal
    return finish(answer, {
      speech,
      settings,
      said: conversation.messages.slice(given.length),
      stoppedBy: stopping.found(),
      oneCall: ask.oneCall,
    })
  } finally {
    deadline.clear()
  }
}

export type Prompt = { messages: Message[]; callerTools: ToolSpec[]; tools: ToolSpec[] }

/** What the model is told: what the client says, and what it has to know besides; the client's tools, and all of them. */
export function promptOf(ask: Ask, settings: Pick<ExchangeSettings, 'own' | 'toolWords' | 'steps'>): Prompt {
  const callerTools = offered(ask)
  const messages = withWords(settings.steps.restore(ask.messages), wordsFor(ask, settings))
  return { messages, callerTools, tools: offeredTools({ tools: settings.own.tools, callerTools }) }
}

/** What the model is told besides what the client says. It stays the same, so that the engine need not read it again. */
function wordsFor({ tools, format }: Ask, { own, toolWords }: Pick<ExchangeSettings, 'own' | 'toolWords'>): string[] {
  // A grammar would forbid calls.
  const shape =
    format !== undefined && tools.length > 0 ? [`Answer in JSON of this shape: ${JSON.stringify(format)}`] : []
  return own.tools.length > 0 ? [toolWords, ...shape] : shape
}

function withWords(messages: readonly Message[], words: readonly string[]): Message[] {
  if (words.length === 0) return [...messages]
  const [first] = messages
  const isSystem = first?.role === 'system'
  const content = [...(isSystem ? [first.content] : []), ...words].join('\n\n')
  return [{ role: 'system', content }, ...messages.slice(isSystem ? 1 : 0)]
}

/** A named tool is the only one that is offered; nothing more can be done to have it called. */
function offered({ tools, choice }: Ask): ToolSpec[] {
  if (choice === 'none') return []
  return typeof choice === 'object' ? tools.filter(({ name }) => name === choice.name) : tools
}

function hasOwnCalls(messages: readonly Message[], callers: readonly ToolCall[]): boolean {
  const last = messages.findLast(({ role }) => role === 'assistant')
  return last?.role === 'assistant' && last.toolCalls.length > callers.length
}

type Speech = {
  emit: Emit
  isEmpty(): boolean
  /** A line of the server's own. */
  note(text: string): void
  pieces: Piece[]
  usage: { input: number; output: number }
}

/** Makes pieces of an answer out of what happens. */
function createSpeech({ say, own, showTools, streams }: ExchangeSettings): Speech {
  const pieces: Piece[] = []
  const usage = { input: 0, output: 0 }
  let isNewTurn = false
  let saidInReply = false
  let before: Piece[] = []
  const withdraw = () => {
    if (streams) add('text', withdrawnNote)
    else pieces.splice(0, pieces.length, ...structuredClone(before))
    saidInReply = false
  }
  const add = (type: Piece['type'], text: string) => {
    if (text === '') return
    addPiece(pieces, { type, text })
    say({ type, text })
  }
  const beginParagraph = () => {
    if (pieces.some((piece) => piece.type === 'text')) add('text', '\n\n')
  }
  const addText = (text: string) => {
    if (isNewTurn && text.trim() !== '') beginParagraph()
    if (text.trim() !== '') isNewTurn = false
    saidInReply = true
    add('text', text)
  }
  const step = (event: Extract<AgentEvent, { type: 'tool_end' }>) => {
    if (showTools === 'reasoning') add('thinking', `${stepLine(event)}\n`)
    if (showTools !== 'text') return
    beginParagraph()
    add('text', stepLine(event))
  }
  return {
    pieces,
    usage,
    isEmpty: () => pieces.length === 0,
    note: (text) => addText(text),
    emit(event) {
      own.emit(event)
      if (event.type === 'turn_start') [isNewTurn, saidInReply, before] = [true, false, structuredClone(pieces)]
      if (event.type === 'text') addText(event.text)
      if (event.type === 'thinking') add('thinking', event.text)
      if (event.type === 'tool_end') step(event)
      if ((event.type === 'withdrawn' || event.type === 'retry') && saidInReply) withdraw()
      if (event.type === 'turn_end') {
        usage.input = event.usage.promptTokens
        usage.output += event.usage.outputTokens
      }
    },
  }
}

type Ended = {
  speech: Speech
  settings: ExchangeSettings
  said: readonly Message[]
  stoppedBy: string | undefined
  oneCall: boolean
}

function finish(answer: Answer, { speech, settings, said, stoppedBy, oneCall }: Ended): Answered {
  const { pieces, usage } = speech
  if (answer.stop === 'calls') {
    const calls = settings.steps.keep(oneCall ? answer.calls.slice(0, 1) : answer.calls, said)
    return { pieces, usage, calls, reason: 'calls' }
  }
  if (stoppedBy !== undefined) return { pieces, usage, calls: [], reason: 'answer', stoppedBy }
  const wasCut = answer.warnings.some((warning) => warning.startsWith('the answer was cut'))
  const why = limitWords(answer, settings)
  if (why !== undefined) speech.note(`${speech.isEmpty() ? '' : '\n\n'}[${why}]`)
  return { pieces, usage, calls: [], reason: why !== undefined || wasCut ? 'length' : 'answer' }
}

/** Why an answer is not whole, in one line; undefined when it is. */
function limitWords({ stop, text }: Answer, { turns, timeout }: ExchangeSettings): string | undefined {
  switch (stop) {
    case 'time_limit':
      return `stopped by local-brain: the time limit of ${timeout} s was reached`
    case 'turn_limit':
    case 'repeated':
      return text.trim() === '' ? `stopped by local-brain: no answer after ${turns} requests to the model` : undefined
    case 'context_full':
      return "stopped by local-brain: the model's window is full"
    case 'refused':
      return 'stopped by local-brain: what the model wanted to do was refused'
    case 'unusable':
      return text.trim() === '' ? 'local-brain: the model gave no usable answer' : undefined
    default:
      return undefined
  }
}

/** The model with what the client asked for besides messages and tools, and the error of a prompt that was too long. */
function shaped(model: Model, { format }: Ask): { model: Model; overflow(): Refusal | undefined } {
  let overflow: Refusal | undefined
  const chat: Model['chat'] = async (request, context) => {
    try {
      // A grammar forbids calls, so it has to wait until no tool is offered.
      return await model.chat({ ...request, format: request.tools.length === 0 ? format : undefined }, context)
    } catch (error) {
      if (isError(error, 'overflow')) overflow = tooLong(error, model, request)
      throw isError(error) ? error : refusalOf(error)
    }
  }
  return { model: Object.assign(Object.create(model) as Model, { chat }), overflow: () => overflow }
}
