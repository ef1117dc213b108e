import type { Command } from 'commander'
import { LocalBrainError, describeError } from '../../../errors.ts'
import { errorExitCode } from '../../../report/exit-code.ts'
import type { Report } from '../../../report/report.ts'
import { prepareBy } from '../../../app/prepare.ts'
import { type RunRequest, type SessionContext, defaultSkill, defaultTimeout } from '../../../app/request.ts'
import { startDeadline } from '../../../core/deadline.ts'
import { fail, failureEnd } from '../failure.ts'
import type { Approval } from '../approve.ts'
import type { Asked, Shown } from '../flags.ts'
import { type Interruption, interrupted, onInterrupt } from '../interrupt.ts'
import { type Progress, createProgress } from '../progress.ts'
import { cameLate } from '../stdin.ts'
import { colorSetting, createPaint, useColor } from '../terminal.ts'
import { completeRequest, readFlags } from '../request.ts'
import { type Settings, programStart, readSettings } from '../settings.ts'

export type RunCall = {
  /** Values without a flag. */
  words: readonly string[]
  /** All that was typed. */
  argv: readonly string[]
  /** As commander hands them over. */
  flags: Record<string, unknown>
  program: Command
}

/** The skill that carries out written tasks, which is a command of its own too. */
const workSkill = 'work'

/** `local-brain [options] [prompt...]`: one request, one report. */
export async function runCommand(call: RunCall): Promise<void> {
  if (call.flags['continue'] === true) {
    const { continueCommand } = await import('./chat.ts')
    return continueCommand(call)
  }
  const settings = readSettings()
  const seen: Seen = {}
  const form = { json: call.flags['format'] === 'json', events: call.flags['events'] === true }
  const interruption = onInterrupt((error, code) =>
    failureEnd(error, { debug: false, ...form, code, report: seen.report }),
  )
  try {
    await run(call, settings, interruption, seen)
  } catch (error) {
    const code = interruption.code()
    const known = code === undefined ? error : interrupted
    await fail(known, { debug: settings.debug, ...form, code, report: seen.report })
  } finally {
    interruption.stop()
  }
}

/** What the document of a run can tell that fails from here on. */
export type Seen = { report?: Partial<Report> }

async function run(call: RunCall, given: Settings, interruption: Interruption, seen: Seen): Promise<void> {
  const { signal, watch } = interruption
  const asked = readFlags(call.flags, given)
  const { shown } = asked
  const settings = { ...given, color: colorSetting(shown.color, given.color) }
  const progress = await createProgress(shown, settings)
  const since = programStart()
  const approval = await approvalOn(shown, progress, settings)
  try {
    await takeWords(call, asked, settings)
    if (asked.request.skill === workSkill && !shown.dryRun) {
      const { carryOutRun } = await import('./work.ts')
      return await carryOutRun(asked, { settings, interruption, seen, progress, approval })
    }
    seen.report = outline(asked.request)
    const request = await completeRequest(asked, settings)
    if (shown.dryRun) {
      return await showPlan(request, shown, { ...progress, signal, since })
    }
    const { run: runOnce } = await import('../../../app/run.ts')
    const approve = shown.ask === false ? undefined : approval?.approve
    const context = { emit: progress.emit, signal, since, watch, approve }
    await settle(await runOnce(request, context), { shown, settings, interruption, seen, progress })
  } finally {
    approval?.close()
    await progress.close()
  }
}

/** `--dry-run`, within the time limit of a run. */
async function showPlan(
  request: RunRequest,
  shown: Shown,
  context: SessionContext & Pick<Progress, 'pause'> & { since: number },
): Promise<void> {
  const { dryRun } = await import('../dry-run.ts')
  const deadline = startDeadline(request.limits?.timeout ?? defaultTimeout, context.signal, context.since)
  try {
    await dryRun(await prepareBy(deadline, request, context), shown, context.pause)
  } finally {
    deadline.clear()
  }
}

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

/** The words that belong to no flag become the question, or files. */
async function takeWords({ words, argv, program }: RunCall, asked: Asked, settings: Settings): Promise<void> {
  if (words.length === 0) return
  const { sortWords } = await import('../prompt-words.ts')
  const { prompt, files } = await sortWords({ words, argv, program, asked, settings })
  const { work } = asked.request
  Object.assign(work, { prompt, files: [...work.files, ...files] })
}

/** What was asked for, as far as the flags say it. */
function outline({ skill, allow, work, shape }: RunRequest): Partial<Report> {
  const { diff, files, dir, prompt } = work
  const isFiles = dir !== undefined || files.some((file) => file !== '-')
  const kind =
    diff !== undefined ? 'staged' : isFiles ? 'files' : prompt === '' || files.length > 0 ? 'stdin' : 'prompt'
  const scope = { kind: diff?.base === undefined ? kind : 'base', base: diff?.base ?? null, root: '.' } as const
  return { skill: skill ?? defaultSkill({ allow, work, shape }), scope }
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
