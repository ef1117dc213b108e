import type { Orders, Watched } from './last-resort-orders.ts'
import { thread as source } from './last-resort-thread.built.ts'

const patience: Watched['patience'] = { limit: 1600, signal: 820 }

const beatMs = 100

/** How long a thread that has nothing to do any more is left to the end of the process. */
const endMs = 100

export type LastResort = {
  /** Orders may be given again. The first ones start the thread, which takes some milliseconds. */
  order: (orders: Orders) => void
  stop: () => void
}

/** A thread as long as it is there. */
type Thread = { tell: (orders: Orders) => void; end: () => void }

/**
 * A thread that ends the process when the main thread is too busy to do so: timers and handlers of signals wait there
 * until the computation at hand is over.
 */
export function createLastResort(): LastResort {
  let thread: Thread | undefined
  let beat: NodeJS.Timeout | undefined
  return {
    order(orders) {
      if (thread !== undefined) return thread.tell(orders)
      const beats = new Int32Array(new SharedArrayBuffer(4))
      beat = setInterval(() => Atomics.add(beats, 0, 1), beatMs).unref()
      const start = process.versions['bun'] === undefined ? startOnNode : startOnBun
      thread = start({ orders, patience, beats, beatMs })
    },
    stop() {
      clearInterval(beat)
      thread?.end()
    },
  }
}

const beginOnNode = `
const { parentPort, workerData } = require('node:worker_threads')
parentPort.on('message', watch(require, workerData))`

function startOnNode(workerData: Watched): Thread {
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  const worker = new Worker(source + beginOnNode, {
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
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
  return { tell: (orders) => worker.postMessage(orders), end: () => void worker.terminate() }
}

const beginOnBun = `
let obey
onmessage = ({ data }) => void (obey ? obey(data) : (obey = watch(require, data)))`

type WebWorker = EventTarget & { postMessage: (message: unknown) => void; terminate: () => void }
type OnBun = { Worker: new (url: string, options: object) => WebWorker }

/** A thread as the web has them takes bun 1 ms to start, one of `node:worker_threads` more than 3 ms. */
function startOnBun(watched: Watched): Thread {
  const { Worker } = globalThis as unknown as OnBun
  const url = URL.createObjectURL(new Blob([source, beginOnBun]))
  const worker = new Worker(url, { smol: true, env: {}, ref: false })
  worker.addEventListener('error', (event) => event.preventDefault())
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
  const tell = (message: Watched | Orders) => worker.postMessage(message)
  tell(watched)
  return {
    tell,
    end() {
      // Ending a thread that has just begun takes bun 3 ms; the end of the process takes it along at once.
      tell({ signals: watched.orders.signals })
      setTimeout(() => worker.terminate(), endMs).unref()
    },
  }
}
