import type { Command } from 'commander'
import { prepareBy } from '../../../app/prepare.ts'
import { type RunRequest, type SessionContext, defaultSkill, defaultTimeout } from '../../../app/request.ts'
import { startDeadline } from '../../../core/deadline.ts'
import type { Report } from '../../../report/report.ts'
import { fail, failureEnd } from '../failure.ts'
import type { Asked, Shown } from '../flags.ts'
import { type Interruption, interrupted, onInterrupt } from '../interrupt.ts'
import { type Progress, createProgress } from '../progress.ts'
import type { DefineCommand } from '../prompt-words.ts'
import { completeRequest, readFlags } from '../request.ts'
import { type Settings, programStart, readSettings } from '../settings.ts'
import { colorSetting } from '../terminal.ts'
import { type Seen, approvalOn, settle } from './around-run.ts'

export type RunCall = {
  /** Values without a flag. */
  words: readonly string[]
  /** All that was typed. */
  argv: readonly string[]
  /** As commander hands them over. */
  flags: Record<string, unknown>
  program: Command
  define: DefineCommand
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
    const onFailure = (coverage: Partial<Report>) => void (seen.report = { ...seen.report, ...coverage })
    const context = { emit: progress.emit, signal, since, watch, approve, onFailure }
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

/** The words that belong to no flag become the question, or files. */
async function takeWords({ words, argv, program, define }: RunCall, asked: Asked, settings: Settings): Promise<void> {
  if (words.length === 0) return
  const { sortWords } = await import('../prompt-words.ts')
  const { prompt, files } = await sortWords({ words, argv, program, define, asked, settings })
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
