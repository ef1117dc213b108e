import type { Emit } from '../../../core/events.ts'
import { isOnRunner } from '../settings.ts'
import { clearLine, createStatusLine } from '../status-line.ts'
import { canRedraw } from '../terminal.ts'
import { createWaiting } from '../waiting.ts'

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
  const off = isOnRunner() || !canRedraw(process.stderr)
  const status = createStatusLine(process.stderr, waiting, off)
  return { emit: waiting.note, stop: status.stop, clear: off ? '' : clearLine }
}
