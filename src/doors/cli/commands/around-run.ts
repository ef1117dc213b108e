import { LocalBrainError, describeError } from '../../../errors.ts'
import { errorExitCode } from '../../../report/exit-code.ts'
import type { Report } from '../../../report/report.ts'
import type { Approval } from '../approve.ts'
import { fail } from '../failure.ts'
import type { Shown } from '../flags.ts'
import { type Interruption, interrupted } from '../interrupt.ts'
import type { Progress } from '../progress.ts'
import type { Settings } from '../settings.ts'
import { cameLate } from '../stdin.ts'
import { createPaint, useColor } from '../terminal.ts'

/** What the document of a run can tell that fails from here on. */
export type Seen = { report?: Partial<Report> }

/** What a run is shown and ended with. */
export type Around = {
  shown: Shown
  settings: Settings
  interruption: Interruption
  seen: Seen
  progress: Progress
}

/** Delivers the report of a run, and ends with its exit code. */
export async function settle(report: Report, around: Around): Promise<void> {
  const { shown, settings, interruption, seen, progress } = around
  const answered = noted(ended(report, interruption.code()))
  const unlogged = await progress.close()
  const settled = unlogged === undefined ? answered : failed(answered, unlogged)
  seen.report = settled
  const { deliver } = await import('../deliver.ts')
  await deliver(settled, {
    shown,
    settings,
    streamed: progress.streamed(),
    warned: progress.warned,
    beforePrinting: interruption.stop,
  })
  const failure = unlogged ?? errorOf(settled)
  if (failure !== undefined) await fail(failure, { debug: settings.debug })
  process.exitCode = settled.exitCode
}

/** Someone to ask is there only when both streams are a terminal: nothing ever waits for an answer that can't come. */
export async function approvalOn(
  { ask, dryRun }: Shown,
  { pause, resume }: Progress,
  settings: Settings,
): Promise<Approval | undefined> {
  // guard: terminal-to-ask
  if (ask === false || dryRun || !process.stderr.isTTY || !process.stdin.isTTY) return undefined
  const { createApproval } = await import('../approve.ts')
  const paint = createPaint(useColor(process.stderr, settings.color))
  return createApproval({ input: process.stdin, output: process.stderr, paint, pause, resume })
}

/** The answer stands, and so does what went wrong after it. */
function failed(report: Report, error: LocalBrainError): Report {
  return { ...report, exitCode: errorExitCode(error.code), error: report.error ?? describeError(error) }
}

/** Text that nobody waited for is named, and how it is waited for. */
function noted(report: Report): Report {
  if (!cameLate()) return report
  const late =
    'text came through standard input when the run had gone on without it, and was not read: use -f - to wait for it'
  return { ...report, warnings: [...report.warnings, late] }
}

/** What a signal ended says so, with the code that the process ends with. */
function ended(report: Report, code: number | undefined): Report {
  if (code === undefined) return report
  return { ...report, exitCode: code, error: report.error ?? describeError(interrupted) }
}

/** What the report says of a failure goes to standard error too, as every failure does. */
function errorOf({ error }: Report): LocalBrainError | undefined {
  if (error === undefined) return undefined
  const { code, message, hint } = error
  return new LocalBrainError(code as LocalBrainError['code'], message, { hint })
}
