import { LocalBrainError } from '../errors.ts'

export type Interruption = {
  signal: AbortSignal /** 130 or 143 once it happened. */
  code: () => number | undefined
  stop: () => void
}

const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** The first Ctrl-C or SIGTERM ends the run in good order; a second one ends the process. */
export function onInterrupt(): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  const handlers = (Object.keys(codes) as (keyof typeof codes)[]).map((name) => {
    const handler = () => {
      // oxlint-disable-next-line unicorn/no-process-exit -- the person asked twice
      if (code !== undefined) process.exit(codes[name])
      code = codes[name]
      controller.abort(new LocalBrainError('interrupted', 'Interrupted'))
    }
    process.on(name, handler)
    return [name, handler] as const
  })
  return {
    signal: controller.signal,
    code: () => code,
    stop: () => {
      for (const [name, handler] of handlers) process.removeListener(name, handler)
    },
  }
}
