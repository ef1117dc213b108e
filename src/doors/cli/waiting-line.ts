import { isOnRunner } from './settings.ts'
import { createStatusLine } from './status-line.ts'
import { canRedraw } from './terminal.ts'

/** Does what a person waits for, and on a terminal says what it is while it takes long. */
export async function whileWaiting<T>(what: string, act: () => Promise<T>): Promise<T> {
  const since = Date.now()
  const waiting = { note: () => undefined, text: () => what, elapsed: () => Date.now() - since }
  const status = createStatusLine(process.stderr, waiting, isOnRunner() || !canRedraw(process.stderr))
  try {
    return await act()
  } finally {
    status.stop()
  }
}
