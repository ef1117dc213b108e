import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startDeadline } from '../../core/deadline.ts'
import type { Emit } from '../../core/events.ts'
import type { Engine } from '../../engines/engine.ts'
import { LocalBrainError, describeError, isError } from '../../errors.ts'
import { blankReport } from '../../report/blank.ts'
import { errorExitCode } from '../../report/exit-code.ts'
import type { Report } from '../../report/report.ts'
import type { Case } from '../../skills/case.ts'
import type { Skill } from '../../skills/skill.ts'
import { prepareBy } from '../prepare.ts'
import { type RunRequest, defaultTimeout } from '../request.ts'
import { runPrepared } from '../ask.ts'
import { judge } from './judge.ts'
import { makeFolder } from '../../store/make-folder.ts'

/** What became of a case. `unanswered`: no run was wrong, and one came to no answer. */
export type CaseResult = {
  name: string
  file: string
  state: 'passed' | 'failed' | 'unanswered'
  /** How many runs were as the case expects, and how many there were. */
  passed: number
  runs: number
  /** What was not, in the order of the runs. */
  problems: { run: number; message: string }[]
  /** The model that answered; null when none did. */
  model: string | null
  ms: number
}

export type CaseContext = {
  /** Which model to ask, and where the program keeps what it learned about it. */
  request: Pick<RunRequest, 'paths' | 'environment' | 'model' | 'limits'>
  /** How often the case is run; it passes when every run does. */
  runs: number
  /** Replaces the model, anew for each run. */
  engine?: () => Engine
  emit: Emit
  signal: AbortSignal
}

/**
 * Runs a skill that was loaded, and so is trusted, on one case, in a folder that holds nothing but the files of the case. Its
 * tools only read. Rejects with LocalBrainError when the model can't be asked, and when the case does not fit the skill.
 */
export async function tryCase(skill: Skill, one: Case, context: CaseContext): Promise<CaseResult> {
  const started = Date.now()
  const result: CaseResult = {
    name: one.name,
    file: one.file,
    state: 'passed',
    passed: 0,
    runs: context.runs,
    problems: [],
    model: null,
    ms: 0,
  }
  for (let run = 1; run <= context.runs; run++) {
    const { problems, isAnswered, model } = await tryOnce(skill, one, { ...context, run })
    result.model = model ?? result.model
    if (problems.length === 0) result.passed += 1
    else if (isAnswered) result.state = 'failed'
    else if (result.state === 'passed') result.state = 'unanswered'
    result.problems.push(...problems.map((message) => ({ run, message })))
  }
  return { ...result, ms: Date.now() - started }
}

type Once = { problems: string[]; isAnswered: boolean; model?: string }

async function tryOnce(skill: Skill, one: Case, context: CaseContext & { run: number }): Promise<Once> {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'local-brain-case-')))
  try {
    const report = await ask(skill, one, { ...context, base })
    const model = report.model?.name
    if (report.error === undefined) return { problems: judge(report, one.expect), isAnswered: true, model }
    refuse(report.error, one)
    return { problems: [`no answer: ${report.error.message}`], isAnswered: false, model }
  } finally {
    await rm(base, { recursive: true, force: true })
  }
}

async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(root)
  for (const [path, text] of Object.entries(files)) {
    try {
      makeFolder(dirname(join(root, path)))
      await writeFile(join(root, path), text, { flag: 'wx' })
    } catch (cause) {
      const hint = 'one name is given to a file and to a folder'
      throw new LocalBrainError('usage', `the file "${path}" could not be written`, { hint, cause })
    }
  }
}

type Asking = CaseContext & { run: number; base: string }

/** The same model with another seed each time: the same question would get the same answer. */
function requestFor(one: Case, { request, run, base }: Asking): RunRequest {
  const root = join(base, 'project')
  const given = request.model?.options
  return {
    ...request,
    cwd: root,
    root,
    work: { files: Object.keys(one.files), prompt: one.prompt, stdin: one.stdin },
    vars: one.vars,
    model: { ...request.model, options: run === 1 ? given : { ...given, seed: run } },
    cache: false,
    paths: { ...request.paths, cache: join(base, 'cache') },
  }
}

/** A run that leaves nothing behind: no findings to compare with, no report. What it rejects with is its `error`. */
async function ask(skill: Skill, one: Case, context: Asking): Promise<Report> {
  const { emit, signal, engine } = context
  const request = { ...requestFor(one, context), skill: skill.name }
  const deadline = startDeadline(request.limits?.timeout ?? defaultTimeout, signal)
  try {
    await writeFiles(request.cwd, { ...one.workspace, ...one.files })
    const around = { emit, signal: deadline.signal, engine: engine?.(), skill }
    const prepared = await prepareBy(deadline, request, around)
    try {
      return await runPrepared(prepared, { emit, signal, deadline, started: Date.now() })
    } finally {
      await prepared.session.close()
    }
  } catch (error) {
    if (!isError(error)) throw error
    return { ...blankReport(), error: describeError(error) }
  } finally {
    deadline.clear()
  }
}

/**
 * A failure that says nothing about the skill ends the whole test: no server, no model, a case that the skill can't
 * take.
 */
function refuse(error: { code: string; message: string; hint?: string | undefined }, one: Case): void {
  const { code, message, hint } = error
  const exit = errorExitCode(code as LocalBrainError['code'])
  if (exit === 4) return
  const text = exit === 2 ? `${one.file}: ${message}` : message
  throw new LocalBrainError(code as LocalBrainError['code'], text, { hint })
}
