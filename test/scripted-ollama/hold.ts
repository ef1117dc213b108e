/** A point where the server stops until it is told to go on, so that no test has to know how long anything takes. */
export type Hold = {
  /** Settles when the server stands there. */
  readonly reached: Promise<void>
  readonly released: Promise<void>
  arrive(): void
  release(): void
}

export function hold(): Hold {
  let arrive = () => {}
  let release = () => {}
  const reached = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  return { reached, released, arrive, release }
}

/** Stops at the hold until it is released or the client has gone; true means go on. */
export async function waitAt(point: Hold, signal: AbortSignal): Promise<boolean> {
  point.arrive()
  await Promise.race([point.released, untilAborted(signal)])
  return !signal.aborted
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
