import { plainText } from '../dialect/plain-text.ts'
import type { Store } from '../../store/store.ts'
import { calibrate, estimatedCapacity, firstCharsPerToken } from '../../core/estimate.ts'
import type { Capacity, ChatContext, ChatRequest, Model, Reply, ToolCalling, Usage } from '../../core/model.ts'
import type { ModelInfo } from '../engine.ts'
import { reduceTool } from './grammar.ts'
import type { ToolCallingState } from './persist.ts'
import { type Remembered, remember } from './remembered.ts'
import { failureOf } from './failure.ts'

export type LearnerSettings = {
  /** How the server has the model in memory; undefined when there is no telling. Never rejects. */
  look: (signal: AbortSignal) => Promise<NonNullable<ModelInfo['loaded']> | undefined>
  model: Pick<ModelInfo, 'name' | 'id'>
  /** The window that is asked for. The server may give less. */
  numCtx: number
  toolCalling: ToolCalling
  remembered: Remembered
  /** Whether it holds more than the last run knew. */
  isNews?: boolean
  store: Store
}

/** A smaller change of the ratio is not worth writing a file. */
const minChange = 0.02
/** The same of a speed, which is never twice the same. */
const minSpeedChange = 0.2

type Learning = LearnerSettings & {
  known: Remembered
  window: { numCtx: number; charsPerToken: number }
  /** Set once the server was asked how it has the model in memory. */
  looked?: ReturnType<LearnerSettings['look']>
  /** Set once its answer counts. */
  measured?: Promise<void>
  isWorthSaving: boolean
}

/** Learns from each reply what the model is really like, for the rest of the run and for the next one. */
export function createLearner(settings: LearnerSettings) {
  const known = { ...settings.remembered, numCtx: settings.numCtx }
  const learning: Learning = {
    ...settings,
    known,
    window: { numCtx: settings.numCtx, charsPerToken: known.charsPerToken ?? firstCharsPerToken },
    isWorthSaving: settings.isNews === true || settings.remembered.numCtx !== settings.numCtx,
  }
  const toolCalling: ToolCallingState = {
    get current() {
      return learning.toolCalling
    },
    change(next) {
      learning.toolCalling = next
      if (next !== 'none') known.toolCalling = next
      learning.isWorthSaving = true
    },
  }
  return {
    toolCalling,
    watch: (chat: Model['chat']) => watch(learning, chat),
  }
}

/** The model of the run. Its window and tool calling are always the latest known. */
function watch(learning: Learning, chat: Model['chat']): Model {
  const { name, id } = learning.model
  const counting = countingWith(learning)
  return {
    name,
    id,
    ...counting,
    plain: plainText,
    get window() {
      return learning.window.numCtx
    },
    get toolCalling() {
      return learning.toolCalling
    },
    get speed() {
      const { read, written } = learning.known
      return read === undefined || written === undefined ? undefined : { read, written }
    },
    async chat(request, context) {
      await learning.measured
      try {
        const reply = await chat(request, lookingAhead(learning, context))
        learning.measured ??= measure(learning, context)
        // After calls another request follows, so the server can answer while the tools run.
        if (reply.outcome === 'tools') noteCalls(learning)
        else await learning.measured
        noteSpeed(learning, request, reply.usage)
        await learn(learning, request, countOf(reply))
        return reply
      } catch (error) {
        // What was asked during a request that was given up has no answer: the next one asks again.
        // guard: look-again
        learning.looked = undefined
        // The server counted a prompt that was too long, too. With that count, its parts will fit.
        await learn(learning, request, failureOf(error)?.promptTokens)
        throw error
      }
    },
  }
}

/** Counts with the tools as they are sent and the latest ratio. */
function countingWith({ window }: Learning): Capacity {
  const capacity = estimatedCapacity(window.numCtx, () => window.charsPerToken)
  return { ...capacity, tokens: (messages, tools) => capacity.tokens(messages, tools.map(reduceTool)) }
}

/** A sum over several requests does not tell the count of one. */
function countOf({ usage }: Reply): number | undefined {
  return usage.modelCalls === 1 ? usage.promptTokens : undefined
}

async function learn(learning: Learning, request: ChatRequest, promptTokens: number | undefined): Promise<void> {
  const { window, known } = learning
  if (promptTokens !== undefined) {
    const sent = { ...request, tools: request.tools.map(reduceTool) }
    window.charsPerToken = calibrate(window.charsPerToken, sent, promptTokens)
  }
  noteRatio(learning)
  if (learning.isWorthSaving) {
    learning.isWorthSaving = false
    await remember(learning.store, learning.model.id, known)
  }
}

/** Calls that arrived show that they do, in the way that was asked for. */
function noteCalls(learning: Learning): void {
  const { known, toolCalling } = learning
  if (toolCalling === 'none' || known.toolCalling === toolCalling) return
  known.toolCalling = toolCalling
  learning.isWorthSaving = true
}

/** Fewer tokens than this say little about a speed. */
const minTimed = { read: 300, written: 20 }

/** Of the first request of a conversation: of later ones the server still has most of the prompt, and reads it in no time. */
function noteSpeed(learning: Learning, { messages }: ChatRequest, usage: Usage): void {
  const { promptTokens, promptMs, outputTokens, outputMs, modelCalls } = usage
  if (modelCalls !== 1 || messages.some(({ role }) => role === 'assistant')) return
  if (promptTokens >= minTimed.read) noteRate(learning, 'read', (1000 * promptTokens) / promptMs)
  if (outputTokens >= minTimed.written) noteRate(learning, 'written', (1000 * outputTokens) / outputMs)
}

/** A lower speed is taken at once, since a part of the prompt may have been known to the server; a higher one in steps. */
function noteRate(learning: Learning, which: 'read' | 'written', seen: number): void {
  const before = learning.known[which]
  if (!Number.isFinite(seen)) return
  const next = before === undefined || seen < before ? seen : before + (seen - before) / 4
  learning.known[which] = next
  learning.isWorthSaving ||= before === undefined || Math.abs(next / before - 1) > minSpeedChange
}

/** Moves the next run's first estimate only half of the way, in case this text was unusual. */
function noteRatio(learning: Learning): void {
  const before = learning.known.charsPerToken ?? firstCharsPerToken
  const next = (before + learning.window.charsPerToken) / 2
  if (Math.abs(next / before - 1) < minChange) return
  learning.known.charsPerToken = next
  learning.isWorthSaving = true
}

/** With its first word the model is in memory, so the server can answer while it writes on. */
function lookingAhead(learning: Learning, { signal, emit }: ChatContext): ChatContext {
  return {
    signal,
    emit(event) {
      if (event.type === 'text' || event.type === 'thinking') void lookOnce(learning, signal)
      emit(event)
    },
  }
}

function lookOnce(learning: Learning, signal: AbortSignal) {
  return (learning.looked ??= learning.look(signal))
}

/** Asks for the window that the server really gave, and whether the model fits with it. */
async function measure(learning: Learning, { signal, emit }: ChatContext): Promise<void> {
  const { model, window, known } = learning
  const loaded = await lookOnce(learning, signal)
  if (loaded === undefined || loaded.window === 0) return
  if (loaded.window < window.numCtx) {
    const message = `The server gives "${model.name}" a window of ${loaded.window} tokens instead of ${window.numCtx}`
    window.numCtx = loaded.window
    emit({ type: 'warning', message })
  }
  learning.isWorthSaving ||= known.numCtx !== loaded.window
  known.numCtx = loaded.window
  const fitsAgain = !loaded.spilled && loaded.window >= (known.spilledAt ?? Number.POSITIVE_INFINITY)
  if (!loaded.spilled && !fitsAgain) return
  const spilledAt = fitsAgain ? undefined : loaded.window
  learning.isWorthSaving ||= spilledAt !== known.spilledAt
  known.spilledAt = spilledAt
}
