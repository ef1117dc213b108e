import type { Stop } from '../../core/stop.ts'
import { LocalBrainError, describeError } from '../../errors.ts'
import { blankReport } from '../../report/blank.ts'
import { errorExitCode } from '../../report/exit-code.ts'
import type { Report } from '../../report/report.ts'
import { redactSecrets } from '../../text/redact.ts'
import { escapeText, safeJson } from '../../text/escape.ts'
import type { End } from './last-resort-orders.ts'
import { reportLine } from './log-file.ts'
import { hasWritten, writeErr, writeOut } from './output.ts'
import { programStart } from './settings.ts'
import { wrapped } from './terminal.ts'

export type FailureForm = {
  /** LOCAL_BRAIN_DEBUG: print the stack trace too. */
  debug: boolean
  /** The person asked for `--format json`: standard output carries a report with `error`, unless it has its document already. */
  json?: boolean
  /** The same for `--events`, whose last line is the report. */
  events?: boolean
  /** The exit code, where the error alone does not say it: of a signal. */
  code?: number
  /** What is known of the run, for the document. */
  report?: Partial<Report>
}

/** Two lines for what a person can fix; a bug in one line, its stack only when asked for. Sets the exit code. */
export async function fail(error: unknown, form: FailureForm): Promise<void> {
  const { out, err, code } = failureEnd(error, form)
  process.exitCode = code
  if (out !== '' && !hasWritten()) await writeOut(out).catch(() => undefined)
  await writeErr(err)
}

/** What `fail` writes and ends with when nothing was written before. */
export function failureEnd(
  error: unknown,
  { debug, json, events, code = failureCode(error), report }: FailureForm,
): End {
  const failed = () => failureReport(error, code, report)
  const out = events === true ? reportLine(failed()) : json === true ? `${safeJson(failed())}\n` : ''
  return { out, err: failureText(error, debug), code }
}

/** A bug is one more way of not being able to run: no code of its own, and never the one that means findings. */
function failureCode(error: unknown): number {
  return error instanceof LocalBrainError ? errorExitCode(error.code) : 3
}

/** The report of a run that failed, with what is known of it. */
function failureReport(error: unknown, exitCode: number, known: Partial<Report> = {}): Report {
  const code = error instanceof LocalBrainError ? error.code : 'internal'
  const described = { code, message: messageOf(error), hint: hintOf(error) }
  const blank = blankReport()
  // A usage error comes before anything has a time of its own.
  const usage = { ...blank.usage, totalMs: Math.round(Date.now() - programStart()) }
  return { ...blank, usage, stop: stopOf(code), ...known, exitCode, error: described }
}

function stopOf(code: string): Stop {
  if (code === 'interrupted') return 'interrupted'
  return code === 'timeout' ? 'time_limit' : 'unusable'
}

function failureText(error: unknown, debug: boolean): string {
  const lines = [wrapped('error: ', oneLine(messageOf(error)), process.stderr), hintLine(oneLine(hintOf(error)))]
  if (debug && error instanceof Error && error.stack !== undefined) lines.push(escapeText(error.stack))
  return `${lines.join('\n')}\n`
}

/** One command is left to the terminal, so that it is copied as the one line that it is. */
function hintLine(hint: string): string {
  const isCommand = /^(?:local-brain|ollama|git) (?!.*, or )/.test(hint)
  return isCommand ? `hint: ${hint}` : wrapped('hint: ', hint, process.stderr)
}

function hintOf(error: unknown): string {
  if (error instanceof LocalBrainError) return redactSecrets(describeError(error).hint)
  return 'set LOCAL_BRAIN_DEBUG=1 to see where; this is a bug in local-brain'
}

function messageOf(error: unknown): string {
  // guard: failure-secrets
  return redactSecrets(error instanceof Error ? error.message : String(error))
}

function oneLine(text: string): string {
  return escapeText(text).replace(/\s*\n\s*/g, ' ')
}
