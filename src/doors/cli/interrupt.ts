import { LocalBrainError } from '../../errors.ts'

export type Interruption = {
  signal: AbortSignal /** 130 or 143 once it happened. */
  code: () => number | undefined
  stop: () => void
}

export const interrupted = new LocalBrainError('interrupted', 'Interrupted', { hint: 'run the same command again' })

// A terminal that is closed asks for the same as SIGTERM.
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 143 } as const

/** Whatever does not stop by itself is left behind then: Ctrl-C is a promise. */
const patienceMs = 800

/** The first Ctrl-C or SIGTERM ends the run in good order, and in any case soon; a second one ends the process at once. */
export function onInterrupt(): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  const handlers = (Object.keys(codes) as (keyof typeof codes)[]).map((name) => {
    const handler = () => {
      // guard: interrupt-twice
      // oxlint-disable-next-line unicorn/no-process-exit -- the person asked twice
      if (code !== undefined) process.exit(codes[name])
      code = codes[name]
      // guard: interrupt-patience
      // oxlint-disable-next-line unicorn/no-process-exit -- nothing else ends what hangs
      setTimeout(() => process.exit(codes[name]), patienceMs).unref()
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
    stop: () => {
      for (const [name, handler] of handlers) process.removeListener(name, handler)
    },
  }
}
