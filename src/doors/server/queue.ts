import { Refusal } from './refusal.ts'

/** Lets a few in at a time, in order. */
export type Queue = {
  /** Resolves with what to call when done. Rejects with Refusal('queue-full'), or the signal's reason when aborted. */
  enter(signal: AbortSignal): Promise<() => void>
}

export function createQueue({ parallel, waiting }: { parallel: number; waiting: number }): Queue {
  const line: (() => void)[] = []
  let inside = 0
  const leave = () => {
    const next = line.shift()
    if (next === undefined) inside -= 1
    else next()
  }
  return {
    async enter(signal) {
      signal.throwIfAborted()
      const isFull = inside >= parallel
      // guard: queue-length
      if (isFull && line.length >= waiting)
        throw new Refusal('queue-full', `${waiting} ${waiting === 1 ? 'request is' : 'requests are'} waiting already`)
      if (isFull) await turn(line, signal)
      else inside += 1
      let left = false
      return () => {
        if (!left) leave()
        left = true
      }
    },
  }
}

function turn(line: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const come = () => {
      signal.removeEventListener('abort', go)
      resolve()
    }
    const go = () => {
      line.splice(line.indexOf(come), 1)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', go, { once: true })
    line.push(come)
  })
}
