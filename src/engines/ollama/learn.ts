import type { Store } from '../../store/store.ts'
import { calibrate, estimatedCapacity, firstCharsPerToken } from '../../core/estimate.ts'
import type { Capacity, ChatContext, ChatRequest, Model, Reply, ToolCalling } from '../../core/model.ts'
import type { ModelInfo } from '../engine.ts'
import { reduceTool } from './grammar.ts'
import type { OllamaServer } from './server.ts'
import type { ToolCallingState } from './persist.ts'
import { type Remembered, remember } from './remembered.ts'
import { findLoaded, isSpilled } from './loaded.ts'
import { failureOf } from './wire-error.ts'

export type LearnerSettings = {
  server: OllamaServer
  model: Pick<ModelInfo, 'name' | 'id'>
  /** As sent; the server may give less. */
  numCtx: number
  toolCalling: ToolCalling
  remembered: Remembered
  store: Store
}

/** A ratio that has moved by less is not worth a file. */
const worthSaving = 0.02

type Learning = LearnerSettings & {
  known: Remembered
  window: { numCtx: number; charsPerToken: number }
  /** The question about the window, once it is asked. */
  measured?: Promise<void>
  isWorthSaving: boolean
}

/** Learns from each reply what the model is really like, for the rest of the run and for the next. */
export function createLearner(settings: LearnerSettings) {
  const known = { ...settings.remembered, numCtx: settings.numCtx }
  const learning: Learning = {
    ...settings,
    known,
    window: { numCtx: settings.numCtx, charsPerToken: known.charsPerToken ?? firstCharsPerToken },
    isWorthSaving: settings.remembered.numCtx !== settings.numCtx,
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

/** The model as a run sees it: its window and its way to call tools are always the latest known. */
function watch(learning: Learning, chat: Model['chat']): Model {
  const { name, id } = learning.model
  const counting = countingWith(learning)
  return {
    name,
    id,
    ...counting,
    get window() {
      return learning.window.numCtx
    },
    get toolCalling() {
      return learning.toolCalling
    },
    async chat(request, context) {
      await learning.measured
      try {
        const reply = await chat(request, context)
        learning.measured ??= measure(learning, context)
        // Another request follows calls; the question is answered while the tools run.
        if (reply.outcome !== 'tools') await learning.measured
        await learn(learning, request, countOf(reply))
        return reply
      } catch (error) {
        // What was too long was counted all the same, so that its parts will fit.
        await learn(learning, request, failureOf(error)?.promptTokens)
        throw error
      }
    },
  }
}

/** Tokens as they will be counted: by the tools as they are sent, and by the ratio that was learnt last. */
function countingWith({ window }: Learning): Capacity {
  const capacity = estimatedCapacity(window.numCtx, () => window.charsPerToken)
  return { ...capacity, tokens: (messages, tools) => capacity.tokens(messages, tools.map(reduceTool)) }
}

/** The counts of several requests say nothing about one. */
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

/** One odd text moves the next run's first estimate half of the way. */
function noteRatio(learning: Learning): void {
  const before = learning.known.charsPerToken ?? firstCharsPerToken
  const next = (before + learning.window.charsPerToken) / 2
  if (Math.abs(next / before - 1) < worthSaving) return
  learning.known.charsPerToken = next
  learning.isWorthSaving = true
}

/** The window that the server really gave, and whether the model fits with it. */
async function measure(learning: Learning, { signal, emit }: ChatContext): Promise<void> {
  const { server, model, window, known } = learning
  const loaded = findLoaded(await stillLoaded(server, signal), model.name, model.id)
  if (loaded === undefined || loaded.contextLength === 0) return
  if (loaded.contextLength < window.numCtx) {
    const message = `The server gives "${model.name}" a window of ${loaded.contextLength} tokens instead of ${window.numCtx}`
    window.numCtx = loaded.contextLength
    emit({ type: 'warning', message })
  }
  const fitsAgain = !isSpilled(loaded) && loaded.contextLength >= (known.spilledAt ?? Number.POSITIVE_INFINITY)
  if (!isSpilled(loaded) && !fitsAgain) return
  const spilledAt = fitsAgain ? undefined : loaded.contextLength
  learning.isWorthSaving ||= spilledAt !== known.spilledAt
  known.spilledAt = spilledAt
}

/** The answer is there already: neither a server that cannot say more nor an abort may take it away. */
async function stillLoaded(server: OllamaServer, signal: AbortSignal) {
  try {
    return await server.ps(signal)
  } catch {
    return []
  }
}
