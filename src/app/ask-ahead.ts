import type { Task } from '../tasks/task.ts'
import type { Session } from './session.ts'

type Asking = {
  /** Only a model that is already in memory. */
  loadedOnly?: boolean
  /** Aborted at the end of the run, which may come without a question. */
  signal: AbortSignal
}

/**
 * Loads the code that asks a model, and asks the engine what it is, while git or the disk is waited for: one step in each
 * turn of the event loop, so that nothing else waits for long. What fails here fails again where it is needed.
 */
export async function askAhead(session: Session, task: Task, { loadedOnly, signal }: Asking): Promise<void> {
  const quietly = async (step: () => Promise<unknown> | undefined) => {
    await new Promise((resolve) => setImmediate(resolve))
    await step()?.catch(() => undefined)
  }
  const engine = session.engine()
  await quietly(async () => (await engine).load?.())
  // A server that may not load a model is given less time to answer than this gives it.
  if (!loadedOnly) void quietly(async () => (await engine).version(signal))
  await quietly(() => task.load?.())
}
