import { type Watch, deadlineError } from '../../core/deadline.ts'
import { LocalBrainError } from '../../errors.ts'
import { failureEnd } from './failure.ts'
import type { End, EndingSignal, Orders } from './last-resort-orders.ts'
import { createLastResort } from './last-resort.ts'

export type Interruption = {
  signal: AbortSignal /** 130 or 143 once it happened. */
  code: () => number | undefined
  /** For the run: from then on the time limit and signals hold even when nothing here can react to them. */
  watch: Watch
  stop: () => void
}

/** How the process ends when it has to be ended: on an error, with an exit code where the error alone does not say it. */
type HowToEnd = (error: LocalBrainError, code?: number) => End

export const interrupted = new LocalBrainError('interrupted', 'Interrupted', { hint: 'run the same command again' })

// A terminal that is closed asks for the same as SIGTERM.
const codes: Readonly<Record<EndingSignal, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 143 }

/** Whatever does not stop by itself is left behind then: Ctrl-C is a promise. */
const patienceMs = 800

/** What was changed is kept in this time, however large the project is. */
const keepMs = 20_000

/** Work that takes this long starts the last resort, and so does every question to a model. */
const lastResortMs = 250

/** The first Ctrl-C or SIGTERM ends the run in good order, and in any case soon; a second one ends the process at once. */
export function onInterrupt(
  howToEnd: HowToEnd = (error, code) => failureEnd(error, { debug: false, code }),
): Interruption {
  const lastResort = watchOver(howToEnd)
  const controller = new AbortController()
  let code: number | undefined
  let giveUp: NodeJS.Timeout | undefined
  const exitWithin = (ms: number, name: EndingSignal) => {
    clearTimeout(giveUp)
    // guard: interrupt-patience
    // oxlint-disable-next-line unicorn/no-process-exit -- nothing else ends what hangs
    giveUp = setTimeout(() => process.exit(codes[name]), ms).unref()
  }
  let received: EndingSignal | undefined
  let patience = patienceMs
  const keeping = () => {
    patience = keepMs
    // guard: interrupt-keeping
    if (received !== undefined) exitWithin(keepMs, received)
    lastResort.watch.keeping()
  }
  const handlers = (Object.keys(codes) as EndingSignal[]).map((name) => {
    const handler = () => {
      // guard: interrupt-twice
      // oxlint-disable-next-line unicorn/no-process-exit -- the person asked twice
      if (code !== undefined) process.exit(codes[name])
      code = codes[name]
      received = name
      exitWithin(patience, name)
      // guard: interrupt-abort
      controller.abort(interrupted)
    }
    // guard: interrupt-handler
    process.on(name, handler)
    return [name, handler] as const
  })
  return {
    signal: controller.signal,
    // guard: interrupt-code
    code: () => code,
    watch: { ...lastResort.watch, keeping },
    stop: () => {
      lastResort.stop()
      for (const [name, handler] of handlers) process.removeListener(name, handler)
    },
  }
}

/** The last resort of a process that ends as `howToEnd` says. */
function watchOver(howToEnd: HowToEnd): { watch: Watch; stop: () => void } {
  const lastResort = createLastResort()
  let limit: { at: number; seconds: number } | undefined
  let isStarted = false
  let isKeeping = false
  const start = () => {
    isStarted = true
    const signals = Object.entries(codes).map(([name, code]) => [name, howToEnd(interrupted, code)])
    // guard: last-resort
    lastResort.order({
      // guard: last-resort-keeping
      limit: isKeeping ? undefined : limit && { at: limit.at, end: howToEnd(deadlineError(limit.seconds)) },
      signals: Object.fromEntries(signals) as Orders['signals'],
      // A little later, so that the main thread goes first.
      patience: isKeeping ? keepMs + 20 : undefined,
    })
  }
  const timer = setTimeout(start, lastResortMs).unref()
  return {
    watch: {
      limit: (at, seconds) => {
        // There is no limit while a person thinks.
        limit = Number.isFinite(at) ? { at, seconds } : undefined
        if (isStarted) start()
      },
      // What comes back may keep the main thread busy from its first byte on.
      asking: () => {
        if (!isStarted) start()
      },
      keeping: () => {
        isKeeping = true
        if (isStarted) start()
      },
    },
    stop: () => {
      clearTimeout(timer)
      lastResort.stop()
    },
  }
}
