/** How many requests a server takes at a time, as far as it has shown. Nothing is held back until it refuses. */
export type Pace = {
  /** Waits for a turn. Resolves with how to give it back; rejects with the signal's reason. */
  enter(signal: AbortSignal): Promise<() => void>
  /** The server had no room for a request. */
  slowDown(): void
  /** The server gave a reply. */
  goOn(): void
  /** Grows with each answer: as long as it does, the server is only busy with us. */
  readonly answered: number
}

/**
 * Half as many at once with each refusal, one more after as many answers as there are turns: what a server takes is
 * found within a few requests, and again when it changes.
 */
export function createPace(): Pace {
  const waiting = new Set<() => void>()
  let turns = Number.POSITIVE_INFINITY
  let taken = 0
  let streak = 0
  let answered = 0
  const admit = () => {
    for (const next of waiting) {
      if (taken >= turns) return
      waiting.delete(next)
      taken += 1
      next()
    }
  }
  const leave = () => {
    taken -= 1
    admit()
  }
  return {
    get answered() {
      return answered
    },
    async enter(signal) {
      if (taken < turns) taken += 1
      else await waitTurn(waiting, signal)
      return leave
    },
    slowDown() {
      streak = 0
      turns = Math.max(1, Math.floor(Math.min(turns, taken) / 2))
    },
    goOn() {
      answered += 1
      streak += 1
      if (streak < turns) return
      streak = 0
      turns += 1
      admit()
    },
  }
}

async function waitTurn(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  let admit = (): void => undefined
  let refuse = (): void => undefined
  const turn = new Promise<void>((resolve, reject) => {
    admit = resolve
    refuse = () => reject(signal.reason as Error)
  })
  // guard: turn-aborted
  signal.addEventListener('abort', refuse, { once: true })
  waiting.add(admit)
  try {
    await turn
  } finally {
    waiting.delete(admit)
    signal.removeEventListener('abort', refuse)
  }
}
