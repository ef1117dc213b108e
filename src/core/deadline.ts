import { LocalBrainError } from '../errors.ts'

export type Deadline = {
  /** Aborted by the caller's signal, or at the deadline with `deadlineError`. */
  signal: AbortSignal
  /** Milliseconds since the epoch. The last quarter of the time is kept for answers. */
  answerBy: number
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
}

/** `since`: the start, in milliseconds since the epoch. */
export function startDeadline(
  seconds: number,
  signal: AbortSignal | undefined,
  since = Date.now(),
  watch?: Watch,
): Deadline {
  const timeUp = new AbortController()
  const arm = (length: number) => {
    const at = since + length * 1000
    watch?.limit(at, length)
    return setTimeout(() => timeUp.abort(deadlineError(length)), Math.max(0, at - Date.now()))
  }
  let timer = arm(seconds)
  const deadline: Deadline = {
    signal: signal === undefined ? timeUp.signal : AbortSignal.any([signal, timeUp.signal]),
    answerBy: since + seconds * 750,
    set: (length) => {
      clearTimeout(timer)
      timer = arm(length)
      deadline.answerBy = since + length * 750
    },
    clear: () => clearTimeout(timer),
  }
  return deadline
}

/** The reason that a deadline's signal is aborted with. */
export function deadlineError(seconds: number): LocalBrainError {
  return new LocalBrainError('timeout', `The time limit of ${seconds} s was reached`, {
    hint: `give it more time with --timeout ${seconds * 2}`,
  })
}
