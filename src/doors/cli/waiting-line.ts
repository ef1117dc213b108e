import type { Emit } from '../../core/events.ts'
import { isOnRunner } from './settings.ts'
import { clearLine, createStatusLine } from './status-line.ts'
import { canRedraw } from './terminal.ts'
import { type Waiting, createWaiting } from './waiting.ts'

/** Does what a person waits for, and on a terminal says what it is while it takes long. */
export async function whileWaiting<T>(what: string, act: () => Promise<T>): Promise<T> {
  const since = Date.now()
  const { status } = lineFor({ note: () => undefined, text: () => what, elapsed: () => Date.now() - since })
  try {
    return await act()
  } finally {
    status.stop()
  }
}

export type HookWaiting = {
  emit: Emit
  /** Takes the line away; before anything is said. */
  stop: () => void
  /** What takes it away when nothing here can run any more. */
  clear: string
}

/** On a terminal, a line that says what git waits for while a hook runs; nothing elsewhere. */
export function showWaiting(): HookWaiting {
  const waiting = createWaiting()
  const { status, isOff } = lineFor(waiting)
  return { emit: waiting.note, stop: status.stop, clear: isOff ? '' : clearLine }
}

/** A runner's log keeps every line. */
function lineFor(waiting: Waiting) {
  const isOff = isOnRunner() || !canRedraw(process.stderr)
  return { status: createStatusLine(process.stderr, waiting, isOff), isOff }
}
