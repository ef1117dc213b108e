import type { Worker } from 'node:worker_threads'
import { thread } from './last-resort-thread.built.ts'

/** What the process says on its two streams, and the exit code that it ends with. */
export type End = { out: string; err: string; code: number }

export type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** How the process has to end, whatever it is doing. */
export type Orders = {
  /** `at`: milliseconds since the epoch. */
  limit?: { at: number; end: End }
  signals: Readonly<Record<EndingSignal, End>>
  /** Milliseconds after a signal, where the usual time does not do. */
  patience?: number
}

/** What the thread is started with. */
export type Watched = {
  orders: Orders
  patience: typeof patience
  /** The main thread counts them up while it is not busy. */
  beats: Int32Array
  beatMs: number
}

/** Milliseconds that the process has to end in good order, after its time limit and after a signal. */
const patience = { limit: 1600, signal: 820 }

const beatMs = 100

export type LastResort = {
  /** Orders may be given again. The first ones start the thread, which takes some 30 ms of a processor. */
  order: (orders: Orders) => void
  stop: () => void
}

/**
 * A thread that ends the process when the main thread is too busy to do so: timers and handlers of signals wait there
 * until the computation at hand is over.
 */
export function createLastResort(): LastResort {
  let worker: Worker | undefined
  let beat: NodeJS.Timeout | undefined
  return {
    order(orders) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
      if (worker !== undefined) return worker.postMessage(orders)
      const beats = new Int32Array(new SharedArrayBuffer(4))
      beat = setInterval(() => Atomics.add(beats, 0, 1), beatMs).unref()
      worker = startThread({ orders, patience, beats, beatMs })
    },
    stop() {
      clearInterval(beat)
      void worker?.terminate()
    },
  }
}

function startThread(workerData: Watched): Worker {
  const threads = process.getBuiltinModule('node:worker_threads')
  const worker = new threads.Worker(thread, {
    eval: true,
    workerData,
    // Node offers signals to its main thread only.
    execArgv: ['--no-warnings', '--expose-internals'],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    env: {},
  })
  worker.unref()
  // The run goes on without it.
  worker.on('error', () => undefined)
  return worker
}
