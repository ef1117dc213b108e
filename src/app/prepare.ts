import { relative } from 'node:path'
import { type Deadline, startDeadline } from '../core/deadline.ts'
import { LocalBrainError } from '../errors.ts'
import { gather, readToEnd } from '../input/index.ts'
import type { Gathered, Gathering, Unread } from '../input/unit.ts'
import { readInputFiles } from '../skills/input.ts'
import { resolveInputs } from '../skills/prompt.ts'
import type { Skill } from '../skills/skill.ts'
import { taskOf } from '../tasks/index.ts'
import { needsWhole } from '../tasks/jobs.ts'
import type { Checked, Task } from '../tasks/task.ts'
import { limitOf } from './limits.ts'
import { type RunRequest, type SessionContext, defaultSkill, defaultTimeout, defaultTurns } from './request.ts'
import { type Session, once, openSession } from './session.ts'

/** Small hunks of one file share a unit of this many characters, which fits any window beside the skill's prompts. */
const hunkChars = 6000

/** Characters of input that are all read before a model is asked: little work is known as a whole. */
const firstChars = 12_000

/** A run before its first connection: everything is checked, the first of the input is read, nothing is sent. */
export type Prepared = Gathering & {
  request: RunRequest
  session: Session
  /** With the tools that this input calls for. */
  skill: Skill
  task: Task
  prompt: string
  vars: Record<string, string>
  /** Looks at the work as far as it was read and no model is needed: for a run that asks one. */
  check: () => Promise<Checked>
  /** The workspace, relative to the current folder. */
  root: string
  turns: number
  /** Seconds. */
  timeout: number
  /** Model options except the window. By default the same question gets the same answer. */
  options: Record<string, unknown>
  /** One line that says why there is nothing to ask. */
  nothing?: string
}

/**
 * Opens a session for the request and reads all of the input, within the time limit of the run. Contacts nothing.
 * `since`: the start of the time limit, in milliseconds since the epoch.
 */
export async function prepare(request: RunRequest, context: SessionContext & { since?: number }): Promise<Prepared> {
  const deadline = startDeadline(request.limits?.timeout ?? defaultTimeout, context.signal, context.since)
  try {
    const prepared = await prepareBy(deadline, request, context)
    await readToEnd(prepared)
    return prepared
  } finally {
    deadline.clear()
  }
}

type PrepareContext = SessionContext & {
  /** Is called once, when there is something to look at. */
  onFound?: (session: Session, task: Task) => Promise<void>
}

/** The same with the first of the input only, and with a deadline that goes on afterwards. */
export async function prepareBy(deadline: Deadline, request: RunRequest, context: PrepareContext): Promise<Prepared> {
  const { signal } = deadline
  const skill = request.skill ?? defaultSkill(request)
  const session = await openSession({ ...request, skill }, { ...context, signal })
  deadline.set(timeoutOf(request, session.skill))
  return prepareIn(session, request, { ...context, signal })
}

async function prepareIn(
  session: Session,
  request: RunRequest,
  { signal, onFound }: Pick<PrepareContext, 'signal' | 'onFound'>,
): Promise<Prepared> {
  const { workspace, skill } = session
  const task = request.task ?? (await taskFor(skill, request))
  refuseSpec(skill)
  if (!task.givesFindings) refuseFindings(request, skill)
  refuseAllow(request, skill)
  refuseTakeOver(request, session)
  // Refuse a wrong value, which the person has to fix, before anything is read or asked.
  const { cwd, limits } = request
  resolveInputs(skill, request.vars ?? {})
  const vars = await readInputFiles(skill, request.vars ?? {}, { workspace, from: cwd })
  const piped = await request.readInput?.(signal)
  const work = { ...request.work, stdin: piped ?? request.work.stdin, kind: vars['kind'] }
  const wanted = { branch: names(skill, 'branch'), rules: names(skill, 'project_rules') }
  const found = once(async () => onFound?.(session, task))
  const all = await gather(work, workspace, { cwd, unitChars: hunkChars, ...wanted, signal, onFound: found })
  if (task.givesFindings && all.gathered.scope.kind === 'prompt') throw nothingToLookAt(skill, request)
  const gathering = capUnits(all, limits?.units)
  const prompt = work.prompt ?? ''
  await readFirst(gathering, needsWhole({ skill, task }))
  const asked = withTools(skill, gathering.gathered)
  return {
    request,
    session,
    skill: request.shape === undefined ? asked : { ...asked, output: 'text' },
    task: request.task ?? (await taskFor(asked, request)),
    ...gathering,
    prompt,
    vars,
    check: async () => task.check(all.gathered, workspace, { maxFindings: limits?.findings, signal }),
    root: relative(cwd, workspace.root) || '.',
    turns: limits?.turns ?? limitOf(skill, 'turns', defaultTurns),
    timeout: timeoutOf(request, skill),
    options: { temperature: task.temperature, seed: 1, ...skill.options, ...request.model?.options },
    nothing: await nothingToAsk(gathering.gathered, prompt, skill),
  }
}

/** What the skill gives, unless the person wants JSON of a shape. */
async function taskFor(skill: Skill, { shape }: RunRequest): Promise<Task> {
  if (shape === undefined) return taskOf(skill)
  if (taskOf(skill).givesFindings) {
    throw new LocalBrainError('usage', `Skill "${skill.name}" gives findings, which have their own shape`, {
      hint: 'leave out --schema and add --format json, or name another skill with -s',
    })
  }
  const { shaped } = await import('../tasks/shape.ts')
  return shaped(shape, skill)
}

/** A model that was given the whole input needs no tools to find it, and a small model calls whatever it is offered. */
function withTools(skill: Skill, { units }: Gathered): Skill {
  return skill.offerTools === 'without-input' && units.length > 0 ? { ...skill, tools: [] } : skill
}

/** Seconds for the whole run. */
function timeoutOf({ limits }: RunRequest, skill: Skill): number {
  return limits?.timeout ?? limitOf(skill, 'timeout', defaultTimeout)
}

/** Reads something to begin with, or all of it where that is little or has to be known as a whole. */
async function readFirst({ gathered, more, unread }: Gathering, isWhole: boolean): Promise<void> {
  const isMuch = () => !isWhole && gathered.units.length > 0 && charsOf(gathered, unread()) > firstChars
  while (!isMuch() && (await more()));
}

/**
 * About how many characters there are to look at, those that were not read yet as well; no more than `firstChars` are
 * counted.
 */
function charsOf({ units }: Gathered, unread: Iterable<Unread>): number {
  let chars = units.reduce((sum, { text }) => sum + text.length, 0)
  for (const { bytes } of unread) if ((chars += bytes) > firstChars) break
  return chars
}

/** Keeps the first units, which matter most, and names the others as not reviewed. */
function capUnits(gathering: Gathering, limit: number | undefined): Gathering {
  if (limit === undefined) return gathering
  const { gathered } = gathering
  const reason = `only the first ${limit} parts are reviewed here`
  const kept: Gathered = {
    scope: gathered.scope,
    branch: gathered.branch,
    rules: gathered.rules,
    get units() {
      return gathered.units.slice(0, limit)
    },
    get skipped() {
      const left = gathered.units.slice(limit).map(({ path, startLine, endLine }) => {
        return { path, startLine, endLine, reason, gap: true as const }
      })
      return [...gathered.skipped, ...left]
    },
    get diff() {
      return gathered.diff
    },
    get warnings() {
      return gathered.warnings
    },
  }
  return { ...gathering, gathered: kept }
}

/** Without anything to look at, the answer would be "no findings", which reads as approval. */
function nothingToLookAt({ name }: Skill, { emptyHint }: RunRequest): LocalBrainError {
  return new LocalBrainError('usage', `Skill "${name}" was given nothing to look at`, {
    hint: emptyHint ?? `local-brain -s ${name} --git-diff, or -f <file>`,
  })
}

/** Refuses options that need findings for a skill that gives none. */
function refuseFindings({ failOn, needsFindings, fix }: RunRequest, { name }: Skill): void {
  if (fix) {
    throw new LocalBrainError('usage', `Skill "${name}" gives no findings, which --fix needs`, {
      hint: 'use code-review or security-review with --fix, or -s fix to describe a change',
    })
  }
  if (failOn !== undefined) {
    throw new LocalBrainError('usage', `Skill "${name}" gives no findings, which --fail-on needs`, {
      hint: 'use code-review or security-review, or leave out --fail-on',
    })
  }
  if (needsFindings) {
    throw new LocalBrainError('usage', `Skill "${name}" gives no findings, which this format needs`, {
      hint: 'use code-review or security-review, or --format markdown, compact or json',
    })
  }
}

/** A written task takes more than one conversation: whoever opens the skill for less would call that work. */
function refuseSpec({ name, origin }: Skill): void {
  if (name !== 'work' || origin !== 'built-in') return
  throw new LocalBrainError('usage', 'The skill "work" carries out a written task, and there is none here', {
    hint: 'local-brain work <spec> --allow run',
  })
}

/** Refuses consent that would be dropped in silence. */
function refuseAllow({ allow = 'read' }: RunRequest, { name, access }: Skill): void {
  if (allow === 'read' || access !== 'read') return
  throw new LocalBrainError('usage', `Skill "${name}" only reads, so --allow ${allow} has no effect`, {
    hint: 'use a skill with "access: write", such as -s fix, or leave out --allow',
  })
}

/** Refuses what has no effect where nothing may be changed. */
function refuseTakeOver({ takeOver, needsChanges, fix, checks }: RunRequest, { access, skill }: Session): void {
  const flag = takeOver?.apply ? '--apply' : takeOver?.branch !== undefined ? '--branch' : undefined
  const what = flag ?? (needsChanges ? '--format patch' : checks?.length ? '--check' : undefined)
  if (what === undefined || access !== 'read' || fix) return
  const mayWrite = skill.access !== 'read'
  throw new LocalBrainError('usage', `${what} needs a run that may change something`, {
    hint: mayWrite ? `--allow write ${what}` : 'use a skill with "access: write", such as -s fix, with --allow write',
  })
}

/** Whether a template may print a value that has to be fetched. */
function names({ system, prompt }: Skill, value: 'branch' | 'project_rules'): boolean {
  return new RegExp(`\\{[{%][^}]*\\b${value}\\b`).test(system + prompt)
}

async function nothingToAsk(
  { units, skipped, scope }: Gathered,
  prompt: string,
  { needsInput }: Skill,
): Promise<string | undefined> {
  if (units.length > 0 || (scope.kind === 'prompt' && (prompt !== '' || !needsInput))) return undefined
  const { namedParts } = await import('../report/markdown.ts')
  const work = skipped.filter((part) => !part.beside)
  if (work.some((part) => part.gap)) return `Nothing could be reviewed: ${namedParts(work)}`
  if (work.length > 0) return `Nothing to review: ${namedParts(work)}`
  const line = scope.kind === 'base' ? `No changes since ${scope.base}` : 'No changes to review'
  return skipped.length === 0 ? line : `${line}; not looked at: ${namedParts(skipped)}`
}
