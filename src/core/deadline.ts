import { LocalBrainError } from '../errors.ts'
import type { Approve } from './permission.ts'

export type Deadline = {
  /** Aborted by the caller's signal, or at the deadline with `deadlineError`. */
  signal: AbortSignal
  /** Milliseconds since the epoch; later after each pause. The last quarter of the time is kept for answers. */
  answerBy: () => number
  /** Stops the clock, as while a person thinks. Call what it returns to go on. */
  pause: () => () => void
  /** Changes the length, still counted from the start. A skill's own limit is known only once it is loaded. */
  set: (seconds: number) => void
  clear: () => void
}

/** A door that has its own means to end what does not end by itself. */
export type Watch = {
  /** The time limit, in milliseconds since the epoch and in seconds. It may change. */
  limit: (at: number, seconds: number) => void
  /** A model is about to be asked. */
  asking: () => void
  /** From now on what was changed is being kept, which has a time of its own, whatever ended the run. */
  keeping: () => void
}

/** `since`: the start, in milliseconds since the epoch. */
export function startDeadline(
  seconds: number,
  signal: AbortSignal | undefined,
  since = Date.now(),
  watch?: Watch,
): Deadline {
  const timeUp = new AbortController()
  let [length, start, pauses, pausedAt] = [seconds, since, 0, 0]
  const arm = () => {
    const at = start + length * 1000
    watch?.limit(at, length)
    return setTimeout(() => timeUp.abort(deadlineError(length)), Math.max(0, at - Date.now()))
  }
  const whole = signal === undefined ? timeUp.signal : AbortSignal.any([signal, timeUp.signal])
  // As many requests as units may wait for it at once, of which Node 20 would warn on standard error.
  process.getBuiltinModule('node:events').setMaxListeners(0, whole)
  let timer = arm()
  const goOn = () => {
    clearTimeout(timer)
    if (pauses === 0) timer = arm()
    else watch?.limit(Number.POSITIVE_INFINITY, length)
  }
  return {
    signal: whole,
    answerBy: () => start + length * 750,
    set: (other) => {
      length = other
      goOn()
    },
    pause: () => {
      if (pauses === 0) pausedAt = Date.now()
      pauses += 1
      goOn()
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        pauses -= 1
        // guard: person-thinks
        if (pauses === 0) start += Date.now() - pausedAt
        goOn()
      }
    },
    clear: () => clearTimeout(timer),
  }
}

/** Lets the clock stand while a person thinks. */
export function patient(approve: Approve, deadline: Deadline): Approve {
  return async (question, signal) => {
    const goOn = deadline.pause()
    try {
      return await approve(question, signal)
    } finally {
      goOn()
    }
  }
}

/** The reason that a deadline's signal is aborted with. `needed`: seconds that would be enough. */
export function deadlineError(seconds: number, needed = seconds * 2): LocalBrainError {
  return new LocalBrainError('timeout', `The time limit of ${seconds} s was reached`, {
    hint: `give it more time with --timeout ${needed}`,
  })
}
