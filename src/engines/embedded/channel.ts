import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { assetsFolder } from '../../assets.ts'
import type { Failure, FailureKind } from '../chat/failure.ts'
import type { OnDelta } from '../chat/wire.ts'

/** What the process says about an order. */
export type Told = Partial<Pick<Failure, 'promptTokens' | 'numCtx' | 'text'>> & {
  id: number
  failed?: FailureKind | 'aborted'
  content?: string
  thinking?: string
  trained?: number
  reason?: string
  outputTokens?: number
  promptMs?: number
  outputMs?: number
}

/** A process that carries out orders, one after the other. It is started by the first. */
export type Channel = {
  isOpen(): boolean
  ask(order: object, signal: AbortSignal, onDelta?: OnDelta): Promise<Told>
  /** Ends the process at once. */
  close(): void
}

type Waiting = { settle: (told: Told) => void; onDelta?: OnDelta; reject: (error: unknown) => void }

/** Milliseconds that the process has to stop by itself; a model that does not listen is ended with it. */
const abortMs = 700

/** `died`: what everybody is told who waits for a process that has ended. */
export function createChannel(died: () => Error): Channel {
  let child: ChildProcess | undefined
  let number = 0
  const waiting = new Map<number, Waiting>()
  const close = () => {
    const gone = child
    child = undefined
    gone?.kill('SIGKILL')
    for (const { reject } of waiting.values()) reject(died())
    waiting.clear()
  }
  const opened = (): ChildProcess => {
    if (child !== undefined) return child
    const started = startChild((told) => hear(told, waiting))
    for (const event of ['exit', 'error']) started.on(event, () => (child === started ? close() : undefined))
    return (child = started)
  }
  return {
    isOpen: () => child !== undefined,
    close,
    async ask(order, signal, onDelta) {
      signal.throwIfAborted()
      const asked = opened()
      const id = (number += 1)
      const told = new Promise<Told>((settle, reject) => waiting.set(id, { settle, reject, onDelta }))
      const abort = () => {
        asked.send({ type: 'abort', id })
        setTimeout(() => (waiting.has(id) && child === asked ? close() : undefined), abortMs).unref()
        waiting.get(id)?.reject(signal.reason)
      }
      // guard: embedded-aborted
      signal.addEventListener('abort', abort, { once: true })
      asked.channel?.ref()
      asked.send({ ...order, id })
      try {
        return await told
      } finally {
        signal.removeEventListener('abort', abort)
        // After an abort the process still has to say that it has stopped.
        if (!signal.aborted) waiting.delete(id)
        if (waiting.size === 0) asked.channel?.unref()
      }
    },
  }
}

function startChild(heard: (told: Told) => void): ChildProcess {
  const { fork } = process.getBuiltinModule('node:child_process')
  const child = fork(join(assetsFolder, 'embedded', 'child.mjs'), {
    // Nothing of the environment goes along: no option of Node's, no key.
    env: {},
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  child.unref()
  child.channel?.unref()
  return child.on('message', (told) => heard(told as Told))
}

function hear(told: Told, waiting: Map<number, Waiting>): void {
  const { id, content, thinking } = told
  const one = waiting.get(id)
  if (content === undefined && thinking === undefined) {
    waiting.delete(id)
    one?.settle(told)
  } else one?.onDelta?.({ content: content ?? '', thinking: thinking ?? '' })
}
