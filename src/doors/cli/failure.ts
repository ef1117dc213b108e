import { LocalBrainError } from '../../errors.ts'
import { escapeText } from '../../text/escape.ts'
import { errorExitCode } from '../../report/exit-code.ts'
import { writeErr } from './output.ts'

/** Two lines for what a person can fix; a bug in one line, its stack only when asked for. Sets the exit code. */
export async function fail(error: unknown, debug: boolean): Promise<void> {
  process.exitCode = failureCode(error)
  await writeErr(failureText(error, debug))
}

/** A bug of ours is one more way of not being able to run: no code of its own, and never the one that means findings. */
export function failureCode(error: unknown): number {
  return error instanceof LocalBrainError ? errorExitCode(error.code) : 3
}

function failureText(error: unknown, debug: boolean): string {
  const message = error instanceof Error ? error.message : String(error)
  const hint =
    error instanceof LocalBrainError ? error.hint : 'set LOCAL_BRAIN_DEBUG=1 to see where; this is a bug in local-brain'
  const lines = [`error: ${oneLine(message)}`, ...(hint === undefined ? [] : [`hint: ${oneLine(hint)}`])]
  if (debug && error instanceof Error && error.stack !== undefined) lines.push(escapeText(error.stack))
  return `${lines.join('\n')}\n`
}

function oneLine(text: string): string {
  return escapeText(text).replace(/\s*\n\s*/g, ' ')
}
