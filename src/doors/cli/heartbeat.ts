import type { Waiting } from './waiting.ts'

/** Milliseconds between two lines. */
const interval = 15_000

/**
 * Says every 15 s what the run waits for, where no terminal shows a status line: a log, a CI job, an agent. Returns the
 * way to end it.
 */
export function startHeartbeat(waiting: Waiting, say: (line: string) => void): () => void {
  const timer = setInterval(() => say(`… ${waiting.text()} (${Math.round(waiting.elapsed() / 1000)} s)`), interval)
  timer.unref()
  return () => clearInterval(timer)
}
