import { type Command, Option } from 'commander'
import type { WorkRequest } from '../../../app/work/request.ts'
import { LocalBrainError, isError } from '../../../errors.ts'
import { formats } from '../../../report/formats.ts'
import { blankReport } from '../../../report/blank.ts'
import { escapeLine } from '../../../text/escape.ts'
import type { Approval } from '../approve.ts'
import { fail, failureEnd } from '../failure.ts'
import { readPositive } from '../flag-values.ts'
import { actingFlags } from '../flag-sets.ts'
import { type Asked, defineFlags, runFlags } from '../flags.ts'
import { interrupted, onInterrupt } from '../interrupt.ts'
import { writeErr } from '../output.ts'
import { createProgress } from '../progress.ts'
import { completeRequest, readFlags } from '../request.ts'
import { type Settings, programStart, readSettings } from '../settings.ts'
import { explain } from './explain.ts'
import { type Around, type Seen, approvalOn, settle } from './around-run.ts'

/** Options of this command alone. */
type WorkOptions = { rounds?: number; again?: boolean; updateSpec?: boolean; checks?: boolean }

const { check, apply, branch, format, output, events } = runFlags

export function defineWork(command: Command): void {
  defineFlags(command, [check])
  command
    .addOption(new Option('--rounds <n>', 'attempts at the checks (default 3)').argParser(readPositive))
    .option('--no-checks', 'do without checks; nothing is verified then')
    .option('--again', 'carry out a spec although its status says completed or cancelled')
    .option('--update-spec', 'tick the boxes that are met and set the status, as a part of the patch')
  defineFlags(command, [apply, branch, format, output, events])
  defineFlags(
    command,
    actingFlags({ maxTurns: 'requests in one round (default 30)', timeout: 'for the whole task (default 1800)' }),
  )
  explain(command, {
    about: `A spec is Markdown: what has to be done, in your words. Understood, and not
needed: front matter with target_files, checks, scope, model and status; a task
list below "Acceptance Criteria". docs/work.md shows one from beginning to end.`,
    examples: [
      ['local-brain work task.md --allow run', 'carry it out in a copy; the result is a patch'],
      ["local-brain work task.md --allow run --check 'npm test'", 'this decides whether it is done'],
      ["printf '# Rename total to sum\\n' | local-brain work - --allow run", ''],
      ['local-brain apply', 'put the patch into the working tree'],
    ],
    codes:
      '0 all checks hold and no criterion failed, 1 a check fails or a criterion is open, 2 usage, 3 no model or no sandbox, 4 stopped by a limit, stuck, or not verified since no check was run, 5 not written',
    files: 'the patch is kept in ~/.local/state/local-brain/changes; the working tree changes with --apply only.',
  }).action(workCommand)
}

/** `local-brain work`: one report for each spec, one after the other. */
async function workCommand(names: string[], flags: WorkOptions & Record<string, unknown>): Promise<void> {
  const settings = readSettings()
  const form = { json: flags['format'] === 'json', events: flags['events'] === true }
  const codes: number[] = []
  for (const [at, name] of names.entries()) {
    if (names.length > 1)
      await writeErr(`${at === 0 ? '' : '\n'}spec ${at + 1} of ${names.length}: ${escapeLine(name)}\n`)
    await carryOutOne(name, flags, { settings, form, isFirst: at === 0 })
    const code = Number(process.exitCode ?? 0)
    codes.push(code)
    // Whatever prevents work on one spec prevents it on the others too.
    if (code === 3 || code === 5 || code >= 128) break
  }
  process.exitCode = codes.find((code) => code >= 128) ?? codes.find((code) => code !== 0) ?? 0
}

type One = { settings: Settings; form: { json: boolean; events: boolean }; isFirst: boolean }

async function carryOutOne(name: string, flags: WorkOptions & Record<string, unknown>, one: One): Promise<void> {
  const { settings, form, isFirst } = one
  process.exitCode = 0
  const seen: Seen = { report: outline }
  const interruption = onInterrupt((error, code) =>
    failureEnd(error, { debug: false, ...form, code, report: seen.report }),
  )
  try {
    const asked = readFlags(flags, settings)
    asked.request.work.files = [name]
    const progress = await createProgress(asked.shown, settings)
    const approval = await approvalOn(asked.shown, progress, settings)
    try {
      const around = { settings, interruption, seen, progress, approval, since: isFirst ? programStart() : Date.now() }
      await carryOut(asked, around, { ...flags, noChecks: flags.checks === false })
    } finally {
      approval?.close()
      await progress.close()
    }
  } catch (error) {
    const code = interruption.code()
    await fail(code === undefined ? error : interrupted, { debug: settings.debug, ...form, code, report: seen.report })
  } finally {
    interruption.stop()
  }
}

/** What the document says of a task that was not begun. */
const outline = { skill: 'work', scope: { ...blankReport().scope, kind: 'spec' as const } }

type Carrying = Omit<Around, 'shown'> & { approval: Approval | undefined; since?: number }

/** `-s work`: the same with the flags of a run. */
export async function carryOutRun(asked: Asked, around: Carrying): Promise<void> {
  const { files, prompt, dir, diff } = asked.request.work
  const isOne = files.length === 1 ? prompt === '' : files.length === 0
  around.seen.report = outline
  if (!isOne || dir !== undefined || diff !== undefined) {
    throw new LocalBrainError('usage', 'The skill "work" takes one spec', {
      hint: 'local-brain work <spec> --allow run takes several',
    })
  }
  const { fix, failOn, vars } = asked.request
  const unused = fix ? '--fix' : failOn !== undefined ? '--fail-on' : Object.keys(vars).length > 0 ? '--var' : undefined
  if (unused !== undefined) {
    throw new LocalBrainError('usage', `${unused} has no effect on a written task`, { hint: 'leave it out' })
  }
  await carryOut(asked, around, {})
}

/** Nothing of what can be done about standard input in a run, such as -f, is there for work. */
function inWordsOfWork(error: unknown): never {
  if (!isError(error, 'usage', 'unreadable-file')) throw error
  throw new LocalBrainError(error.code, error.message, { hint: 'local-brain work <file>', cause: error })
}

type More = Pick<WorkRequest, 'rounds' | 'again' | 'updateSpec' | 'noChecks'>

async function carryOut(asked: Asked, around: Carrying, more: More): Promise<void> {
  const { shown } = asked
  const { settings, interruption, progress, approval, since = programStart() } = around
  const { signal, watch } = interruption
  if (formats[shown.format].findingsOnly) {
    throw new LocalBrainError('usage', `Format "${shown.format}" is for findings, and a task gives none`, {
      hint: '--format markdown, compact, json or patch',
    })
  }
  const { work, readInput, ...request } = await completeRequest(asked, settings, true)
  const [file] = work.files
  const piped = await readInput?.(signal).catch(inWordsOfWork)
  const spec = file === undefined ? { text: piped ?? work.prompt } : { file }
  const { rounds, again, updateSpec, noChecks } = more
  if (noChecks && request.checks?.length) {
    throw new LocalBrainError('usage', '--check and --no-checks contradict each other', {
      hint: 'leave one of them out',
    })
  }
  const { work: carryOutTask } = await import('../../../app/work.ts')
  const approve = asked.shown.ask === false ? undefined : approval?.approve
  const context = { emit: progress.emit, signal, since, watch, approve }
  const report = await carryOutTask({ ...request, spec, rounds, again, updateSpec, noChecks }, context)
  await settle(report, { ...around, shown })
}
