import { basename } from 'node:path'
import type { JsonSchema, Usage } from '../../core/model.ts'
import { createChannel, type OnDelta, type Told } from './channel.ts'
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
  /** Reads the weights. Resolves with the window that they were trained for. */
  load(signal: AbortSignal): Promise<number>
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
  const ask = async (order: object, signal: AbortSignal, onDelta?: OnDelta): Promise<Told> => {
    const told = await channel.ask(order, signal, onDelta)
    const { failed, text, promptTokens, numCtx } = told
    if (failed === undefined) return told
    const kind = failed === 'aborted' ? 'broken' : failed
    throw wireError({ kind, text: kind === 'overflow' ? '' : text, promptTokens, numCtx }, asked)
  }
  const load = async (signal: AbortSignal) => {
    // The standalone program has no Node that it could start.
    if (!/^node(?:\.exe)?$/i.test(basename(process.execPath)))
      throw wireError(
        { kind: 'load-failed', text: 'the standalone program has no Node for it; install local-brain with npm' },
        asked,
      )
    return (await ask({ type: 'load', binding, file }, signal)).trained ?? 0
  }
  const open = async (size: number, signal: AbortSignal) => {
    window = size
    await ask({ type: 'open', window }, signal)
  }
  return {
    load,
    open,
    async chat(order, signal, onDelta) {
      if (!channel.isOpen()) {
        await load(signal)
        await open(window, signal)
      }
      const told = await ask({ type: 'chat', ...order }, signal, onDelta)
      return { reason: told.reason ?? '', usage: usageOf(told) }
    },
    close: () => channel.close(),
  }
}

function usageOf({ promptTokens = 0, outputTokens = 0, promptMs = 0, outputMs = 0 }: Told): Usage {
  const [read, written] = [Math.round(promptMs), Math.round(outputMs)]
  return { promptTokens, outputTokens, loadMs: 0, promptMs: read, outputMs: written, modelCalls: 1 }
}
