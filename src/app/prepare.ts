import { join, relative } from 'node:path'
import { assetsFolder } from '../assets.ts'
import { startDeadline } from '../core/deadline.ts'
import { isError, LocalBrainError } from '../errors.ts'
import { type Certain, checkWork, nothingCertain } from '../tasks/findings/check-work.ts'
import { loadRuntime } from '../skills/engine.ts'
import { type SkillPlaces, findSkill } from '../skills/find.ts'
import { resolveInputs } from '../skills/prompt.ts'
import type { Skill } from '../skills/skill.ts'
import { gather } from '../input/index.ts'
import type { Gathered } from '../input/unit.ts'
import type { StorePaths } from '../store/paths.ts'
import { toolNames } from '../tools/specs.built.ts'
import { openWorkspace } from '../workspace/open.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { PlanInput } from './jobs.ts'
import { type RunRequest, defaultTimeout, defaultTurns } from './request.ts'

/** Small hunks of one file share a unit of so many characters, which any window holds next to a skill's words. */
const hunkChars = 6000

/** A run before the first connection: everything is read and checked, nothing is sent. */
export type Prepared = {
  request: RunRequest
  skill: Skill
  workspace: Workspace
  /** The workspace as seen from the folder that the person is in. */
  root: string
  input: PlanInput
  certain: Certain
  turns: number
  /** Seconds. */
  timeout: number
  /** Why there is nothing to ask, in one line. */
  nothing?: string
}

/** A run of which nothing but the skill was read. */
export type Opened = Pick<Prepared, 'request' | 'skill' | 'workspace'>

/**
 * Loads the skill, opens the workspace, gathers the work, within the time limit of the run. Contacts nothing. `signal`
 * ends it and what it started; `since`: when the time began to run.
 */
export async function prepare(request: RunRequest, signal?: AbortSignal, since?: number): Promise<Prepared> {
  const deadline = startDeadline(request.limits?.timeout ?? defaultTimeout, signal, since)
  try {
    const opened = await open(request, deadline.signal)
    deadline.set(timeoutOf(opened))
    return await gatherWork(opened, deadline.signal)
  } finally {
    deadline.clear()
  }
}

/** Loads the skill and opens the workspace. */
export async function open(request: RunRequest, signal?: AbortSignal): Promise<Opened> {
  const { root, cwd, environment, hook = false } = request
  const view = hook ? 'index' : 'worktree'
  const opening = openWorkspace({
    root: root ?? cwd,
    whole: root === undefined,
    view,
    hook,
    environment,
    signal,
  })
  // git works while the skill and what fills it in are loaded; what it has to say against this folder is said later.
  if (request.work.diff) void opening.then(({ git }) => git?.place()).catch(() => undefined)
  const [workspace, skill] = await Promise.all([opening, findSkillOf(request, opening), loadRuntime()])
  if (skill.output !== 'findings') refuseFindings(request, skill)
  // A wrong value is the person's to mend, so it is refused before anything is read or asked.
  resolveInputs(skill, request.vars ?? {})
  return { request, skill, workspace }
}

/** Reads what there is to work on. */
export async function gatherWork({ request, skill, workspace }: Opened, signal?: AbortSignal): Promise<Prepared> {
  const piped = await request.readInput?.(signal ?? new AbortController().signal)
  const work = piped === undefined ? request.work : { ...request.work, stdin: piped }
  const all = await gather(work, workspace, {
    cwd: request.cwd,
    unitChars: hunkChars,
    branch: namesBranch(skill),
    ...(signal === undefined ? {} : { signal }),
  })
  if (skill.output === 'findings' && all.scope.kind === 'prompt') throw nothingToLookAt(skill)
  const gathered = capUnits(all, request.limits?.units)
  const prompt = request.work.prompt ?? ''
  return {
    request,
    skill,
    workspace,
    root: relative(request.cwd, workspace.root) || '.',
    input: { skill, gathered, prompt, vars: request.vars ?? {} },
    certain: skill.output === 'findings' ? await checkWork(all, workspace) : nothingCertain,
    turns: request.limits?.turns ?? limitOf(skill, 'turns', defaultTurns),
    timeout: timeoutOf({ request, skill }),
    ...nothingToAsk(gathered, prompt),
  }
}

/** Seconds for the whole run. */
export function timeoutOf({ request, skill }: Pick<Prepared, 'request' | 'skill'>): number {
  return request.limits?.timeout ?? limitOf(skill, 'timeout', defaultTimeout)
}

/** A skill may ask for less or more than is usual; one that comes with a repository only for less. */
function limitOf({ limits, origin }: Skill, name: keyof Skill['limits'], usual: number): number {
  const wanted = limits[name] ?? usual
  // guard: skill-limits
  return origin === 'repository' ? Math.min(wanted, usual) : wanted
}

/** The units that deserve the time first; the others are named. */
function capUnits(gathered: Gathered, limit = Number.POSITIVE_INFINITY): Gathered {
  const left = gathered.units.slice(limit).map(({ path, startLine, endLine }) => {
    return { path, startLine, endLine, reason: `only ${limit} parts are looked at here`, gap: true as const }
  })
  return { ...gathered, units: gathered.units.slice(0, limit), skipped: [...gathered.skipped, ...left] }
}

/** A question alone would be answered by "no findings", which reads as approval. */
function nothingToLookAt({ name }: Skill): LocalBrainError {
  return new LocalBrainError('usage', `Skill "${name}" was given nothing to look at`, {
    hint: `local-brain -s ${name} --git-diff, or -f <file>`,
  })
}

/** What a person wants to know of findings has no answer when there are none to give. */
function refuseFindings({ failOn, needsFindings }: RunRequest, { name }: Skill): void {
  if (failOn !== undefined) {
    throw new LocalBrainError('usage', `Skill "${name}" gives no findings for --fail-on`, {
      hint: 'use code-review or security-review, or leave --fail-on out',
    })
  }
  if (needsFindings) {
    throw new LocalBrainError('usage', `Skill "${name}" gives no findings, which this format is for`, {
      hint: 'use code-review or security-review, or --format markdown, compact or json',
    })
  }
}

/** Where skills are looked for. `root` is the workspace, whose own skills wait to be trusted. */
export function skillPlaces(paths: StorePaths, root: string | undefined): SkillPlaces {
  return {
    builtIn: join(assetsFolder, 'skills'),
    user: join(paths.config, 'skills'),
    repository: root === undefined ? undefined : join(root, '.local-brain', 'skills'),
    grants: join(paths.state, 'trust'),
    tools: toolNames,
  }
}

function namesBranch({ system, prompt }: Skill): boolean {
  return /\{[{%][^}]*\bbranch\b/.test(system + prompt)
}

/** The repository's skills come last, so only a skill that is found nowhere else has to wait for the workspace. */
async function findSkillOf(request: RunRequest, opening: Promise<Workspace>): Promise<Skill> {
  const name = skillName(request)
  try {
    // guard: skill-places
    return await findSkill(name, skillPlaces(request.paths, undefined))
  } catch (error) {
    if (!isError(error, 'unknown-skill')) throw error
    return findSkill(name, skillPlaces(request.paths, (await opening).root))
  }
}

function skillName(request: RunRequest): string {
  return request.skill ?? (request.work.prompt ? 'ask' : 'code-review')
}

function nothingToAsk({ units, skipped, scope }: Gathered, prompt: string): { nothing?: string } {
  if (units.length > 0 || (prompt !== '' && scope.kind === 'prompt')) return {}
  if (skipped.length > 0) return { nothing: `Nothing to review: ${skipped.length} file(s) were skipped by rule` }
  return { nothing: scope.kind === 'base' ? `No changes since ${scope.base}` : 'No changes to review' }
}
