import type { Store } from '../store/store.ts'
import { calibrate, firstCharsPerToken } from './estimate.ts'
import type { ChatContext, ChatRequest, Model, ModelWindow, Reply, ToolCalling } from './model.ts'
import type { InstalledModel, OllamaServer } from './ollama.ts'
import type { ToolCallingState } from './persist.ts'
import { type Remembered, remember } from './remembered.ts'
import { findLoaded, isSpilled } from './window.ts'

export type LearnerSettings = {
  server: OllamaServer
  model: InstalledModel
  /** As sent; the server may give less. */
  numCtx: number
  toolCalling: ToolCalling
  remembered: Remembered
  store: Store
}

/** A ratio that has moved by less is not worth a file. */
const worthSaving = 0.02

/** Learns from each reply what the model is really like, for the rest of the run and for the next. */
export function createLearner(settings: LearnerSettings) {
  const { model, store } = settings
  const known = { ...settings.remembered }
  const window = { numCtx: settings.numCtx, charsPerToken: known.charsPerToken ?? firstCharsPerToken }
  let current = settings.toolCalling
  let isMeasured = false
  let isWorthSaving = false

  const toolCalling: ToolCallingState = {
    get current() {
      return current
    },
    change(next) {
      current = next
      if (next !== 'none') known.toolCalling = next
      isWorthSaving = true
    },
  }

  async function learn(request: ChatRequest, reply: Reply, context: ChatContext): Promise<void> {
    const { modelCalls, promptTokens } = reply.usage
    // The counts of several requests say nothing about one.
    if (modelCalls === 1) window.charsPerToken = calibrate(window.charsPerToken, request, promptTokens)
    if (Math.abs(window.charsPerToken / (known.charsPerToken ?? firstCharsPerToken) - 1) > worthSaving) {
      known.charsPerToken = window.charsPerToken
      isWorthSaving = true
    }
    if (!isMeasured) {
      isMeasured = true
      await measure(context)
    }
    if (isWorthSaving) {
      isWorthSaving = false
      await remember(store, model.digest, known)
    }
  }

  /** The window that the server really gave, and whether the model fits with it. */
  async function measure({ signal, emit }: ChatContext): Promise<void> {
    const loaded = findLoaded(await stillLoaded(settings.server, signal), model.name, model.digest)
    if (loaded === undefined || loaded.contextLength === 0) return
    if (loaded.contextLength < window.numCtx) {
      const message = `The server gives "${model.name}" a window of ${loaded.contextLength} tokens instead of ${window.numCtx}`
      window.numCtx = loaded.contextLength
      emit({ type: 'warning', message })
    }
    const spilledAt = isSpilled(loaded) ? loaded.contextLength : undefined
    const isNews =
      spilledAt === undefined ? loaded.contextLength >= (known.spilledAt ?? Number.POSITIVE_INFINITY) : true
    if (isNews && spilledAt !== known.spilledAt) {
      known.spilledAt = spilledAt
      isWorthSaving = true
    }
  }

  return {
    toolCalling,
    watch<T extends Pick<Model, 'name' | 'digest'>>(named: T, chat: Model['chat']): T & Model {
      return {
        ...named,
        get window(): ModelWindow {
          return { ...window }
        },
        get toolCalling() {
          return current
        },
        async chat(request, context) {
          const reply = await chat(request, context)
          await learn(request, reply, context)
          return reply
        },
      }
    },
  }
}

/** The answer is there already: a server that cannot say more loses us nothing. */
async function stillLoaded(server: OllamaServer, signal: AbortSignal) {
  try {
    return await server.ps(signal)
  } catch {
    signal.throwIfAborted()
    return []
  }
}
