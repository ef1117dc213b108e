import type { Command } from 'commander'
import { LocalBrainError, describeError } from '../../../errors.ts'
import { errorExitCode } from '../../../report/exit-code.ts'
import type { Report } from '../../../report/report.ts'
import { prepare } from '../../../app/prepare.ts'
import { type RunRequest, defaultSkill } from '../../../app/request.ts'
import { deliver } from '../deliver.ts'
import { fail, failureEnd } from '../failure.ts'
import type { Asked } from '../flags.ts'
import { type Interruption, interrupted, onInterrupt } from '../interrupt.ts'
import { createProgress } from '../progress.ts'
import { completeRequest, readFlags } from '../request.ts'
import { type Settings, programStart, readSettings } from '../settings.ts'

export type RunCall = {
  /** What belongs to no flag. */
  words: readonly string[]
  /** All that was typed. */
  argv: readonly string[]
  /** As commander hands them over. */
  flags: Record<string, unknown>
  program: Command
}

/** `local-brain [options] [prompt...]`: one request, one report. */
export async function runCommand(call: RunCall): Promise<void> {
  const settings = readSettings()
  const seen: Seen = {}
  const json = call.flags['format'] === 'json'
  const interruption = onInterrupt((error, code) =>
    failureEnd(error, { debug: false, json, code, report: seen.report }),
  )
  try {
    await run(call, settings, interruption, seen)
  } catch (error) {
    const code = interruption.code()
    const known = code === undefined ? error : interrupted
    await fail(known, { debug: settings.debug, json, code, report: seen.report })
  } finally {
    interruption.stop()
  }
}

/** What the document of a run can tell that fails from here on. */
type Seen = { report?: Partial<Report> }

async function run(call: RunCall, settings: Settings, interruption: Interruption, seen: Seen): Promise<void> {
  const { signal, code, watch, stop } = interruption
  const asked = readFlags(call.flags, settings)
  const { shown } = asked
  const progress = await createProgress(shown, settings)
  const since = programStart()
  try {
    await takeWords(call, asked, settings)
    seen.report = outline(asked.request)
    const request = await completeRequest(asked, settings)
    if (shown.dryRun) {
      const { dryRun } = await import('../dry-run.ts')
      await dryRun(await prepare(request, { emit: progress.emit, signal, since }), shown)
      return
    }
    const { run: runOnce } = await import('../../../app/run.ts')
    const answered = ended(await runOnce(request, { emit: progress.emit, signal, since, watch }), code())
    const unlogged = await progress.close()
    const report = unlogged === undefined ? answered : failed(answered, unlogged)
    seen.report = report
    await deliver(report, { shown, settings, streamed: progress.streamed(), beforePrinting: stop })
    const failure = unlogged ?? errorOf(report)
    if (failure !== undefined) await fail(failure, { debug: settings.debug })
    process.exitCode = report.exitCode
  } finally {
    await progress.close()
  }
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
function outline({ skill, work }: RunRequest): Partial<Report> {
  const { diff, files, dir, prompt } = work
  const isFiles = dir !== undefined || files.some((file) => file !== '-')
  const kind =
    diff !== undefined ? 'staged' : isFiles ? 'files' : prompt === '' || files.length > 0 ? 'stdin' : 'prompt'
  const scope = { kind: diff?.base === undefined ? kind : 'base', base: diff?.base ?? null, root: '.' } as const
  return { skill: skill ?? defaultSkill(work), scope }
}

/** The answer stands, and so does what went wrong after it. */
function failed(report: Report, error: LocalBrainError): Report {
  return { ...report, exitCode: errorExitCode(error.code), error: report.error ?? describeError(error) }
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
