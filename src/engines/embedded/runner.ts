import type { JsonSchema, Usage } from '../../core/model.ts'
import type { OnDelta } from '../chat/wire.ts'
import { createChannel, type Told } from './channel.ts'
import { wireError } from './wording.ts'

/** Where the binding and the weights are. */
export type Weights = { binding: string; file: string; name: string }

type ChatOrder = {
  messages: { role: string; content: string }[]
  format?: JsonSchema
  maxTokens: number
  temperature?: number
  seed?: number
}

/** A model in a process of its own. */
export type Runner = {
  /** Tokens; 0 before it is open. */
  readonly window: number
  /** Reads the weights, once. Resolves with the window that they were trained for. */
  load(signal: AbortSignal): Promise<number>
  /** Makes room for so many tokens, unless there is that much. */
  open(window: number, signal: AbortSignal): Promise<void>
  chat(order: ChatOrder, signal: AbortSignal, onDelta: OnDelta): Promise<{ reason: string; usage: Usage }>
  /** Ends the process at once. */
  close(): void
}

/** Nothing is started before `load`. After the process has ended, what it had is loaded again with the next request. */
export function createRunner({ binding, file, name }: Weights): Runner {
  const asked = { url: name, model: name }
  const channel = createChannel(() => wireError({ kind: 'died' }, asked))
  let window = 0
  let trained: Promise<number> | undefined
  let loadMs = 0
  const ask = async (order: object, signal: AbortSignal, onDelta?: OnDelta) =>
    heard(await channel.ask(order, signal, onDelta), asked)
  const load = async (signal: AbortSignal) => {
    if (!channel.isOpen()) [trained, window] = [undefined, 0]
    const started = performance.now()
    trained ??= ask({ type: 'load', binding, file }, signal).then((told) => told.trained ?? 0)
    try {
      return await trained
    } catch (error) {
      trained = undefined
      throw error
    } finally {
      loadMs += performance.now() - started
    }
  }
  const open = async (size: number, signal: AbortSignal) => {
    if (channel.isOpen() && size === window) return
    const started = performance.now()
    await ask({ type: 'open', window: size }, signal)
    window = size
    loadMs += performance.now() - started
  }
  return {
    get window() {
      return channel.isOpen() ? window : 0
    },
    load,
    open,
    async chat(order, signal, onDelta) {
      if (!channel.isOpen()) {
        const size = window
        await load(signal)
        await open(size, signal)
      }
      const told = await ask({ type: 'chat', ...order }, signal, onDelta)
      const usage = { ...usageOf(told), loadMs: Math.round(loadMs) }
      loadMs = 0
      return { reason: told.reason ?? '', usage }
    },
    close: () => channel.close(),
  }
}

type AskedOf = { url: string; model: string }

/** What the process said, unless it said that it failed. */
function heard(told: Told, asked: AskedOf): Told {
  const { failed, text, promptTokens, numCtx } = told
  if (failed === undefined) return told
  const kind = failed === 'aborted' ? 'broken' : failed
  throw wireError({ kind, text: kind === 'overflow' ? '' : text, promptTokens, numCtx }, asked)
}

function usageOf({ promptTokens = 0, outputTokens = 0, promptMs = 0, outputMs = 0 }: Told): Usage {
  const [read, written] = [Math.round(promptMs), Math.round(outputMs)]
  return { promptTokens, outputTokens, loadMs: 0, promptMs: read, outputMs: written, modelCalls: 1 }
}
