import { relative, resolve } from 'node:path'
import { type Deadline, patient, startDeadline } from '../core/deadline.ts'
import { asData } from '../core/events.ts'
import { type Cut, watchCuts } from '../core/usage.ts'
import { LocalBrainError } from '../errors.ts'
import { type Approvals, watchApprovals } from './approvals.ts'
import type { CheckResult } from '../workspace/sandbox/check.ts'
import { checkRows, checksOf, notRun, runChecks } from './checks.ts'
import { limitOf } from './limits.ts'
import type { WorkReport, WorkRequest } from './work/request.ts'
import type { RunContext } from './run.ts'
import { type Session, openSession } from './session.ts'
import { allowsSkill } from './verify.ts'
import { type Assignment, assign, pathOfSpec } from './work/assignment.ts'
import { judgeCriteria } from './work/criteria.ts'
import { finishWork } from './work/finish.ts'
import { type LoadedSpec, loadSpec } from './work/load-spec.ts'
import { type Desk, runRounds, undisturbed } from './work/rounds.ts'

const workSkill = 'work'

const usual = { rounds: 3, turns: 30, timeout: 1800 }

/**
 * Carries out a written task in a copy of the workspace, until its checks hold: spec, checks before, rounds, checks after,
 * criteria, verdict. Checks decide, and nothing that the model says about itself does. Rejects with LocalBrainError when
 * nothing was begun; whatever fails later is in the report, with what was changed until then.
 */
export async function work(request: WorkRequest, context: RunContext): Promise<WorkReport> {
  const started = Date.now()
  const { signal, since, watch } = context
  const deadline = startDeadline(request.limits?.timeout ?? usual.timeout, signal, since, watch)
  const approvals = watchApprovals(context.emit)
  try {
    const spec = await loadSpec(request.spec, request)
    refuseEnded(spec, request)
    const { session, assignment } = await openWork(spec, request, { ...context, emit: approvals.emit, deadline })
    try {
      const cut: Cut = { requests: 0, ms: 0 }
      const desk = await prepareDesk(assignment, session, { request, context, approvals, deadline, cut })
      const before = await checkBefore(desk, request)
      const rounds = await runRounds(desk, before)
      const checks = checkRows(before, rounds.after)
      const judged = await judgeCriteria(spec.criteria, { ...desk, ...deadline, checks, patch: rounds.look.patch })
      return await finishWork({ desk, assignment, request, approvals, rounds, checks, judged, cut, started })
    } finally {
      await session.close()
    }
  } finally {
    deadline.clear()
    await approvals.keep(request.paths.state, resolve(request.cwd, request.root ?? '.'))
  }
}

/** The checks before a model is asked. Those that nobody allows are not run. */
async function checkBefore(desk: Desk, { checks: given = [] }: WorkRequest): Promise<CheckResult[]> {
  const { session, commands, emit, deadline, copy } = desk
  const { signal } = deadline
  const checks = checksOf(session.skill, given)
  if (commands === undefined) return checks.map(notRun)
  const isAllowed = await allowsSkill({ session }, checks, { commands, signal })
  // guard: work-checks-consent
  const allowed = checks.filter((check) => isAllowed || check.given)
  const results = await undisturbed(copy, { tree: copy.start }, async () =>
    runChecks(allowed, 'before', { commands, emit, signal }),
  )
  return checks.map((check) => results.find((result) => result.check === check) ?? notRun(check))
}

/** Refuses to carry out a finished task again by mistake. */
function refuseEnded({ name, status = '' }: LoadedSpec, { again }: WorkRequest): void {
  if (again || !/^(?:completed|cancell?ed)$/i.test(status.trim())) return
  throw new LocalBrainError('usage', `The status of "${name}" is ${status.trim()}`, {
    hint: 'add --again to carry it out all the same',
  })
}

type Opening = RunContext & { deadline: Deadline }

async function openWork(
  spec: LoadedSpec,
  request: WorkRequest,
  { deadline, ...context }: Opening,
): Promise<{ session: Session; assignment: Assignment }> {
  let assignment: Assignment | undefined
  const session = await openSession(
    { ...request, skill: workSkill },
    {
      ...context,
      // What the model says while it works is not an answer.
      emit: asData(context.emit),
      approve: context.approve && patient(context.approve, deadline),
      signal: deadline.signal,
      needsSandbox: true,
      refine: async (skill, workspace) => {
        assignment = await assign(skill, workspace, { ...request, spec })
        return assignment.skill
      },
    },
  )
  if (assignment === undefined) throw new Error('the skill was not refined')
  const { skill } = session
  deadline.set(request.limits?.timeout ?? limitOf(skill, 'timeout', usual.timeout))
  refuse(session, request, spec)
  return { session, assignment }
}

/** Refuses what could only come to nothing. */
function refuse({ access, workspace }: Session, { cwd, updateSpec }: WorkRequest, spec: LoadedSpec): void {
  if (access === 'read') {
    throw new LocalBrainError('usage', 'work changes files, but nothing allows that here', {
      hint: `local-brain work ${relative(cwd, spec.file ?? '') || '-'} --allow run`,
    })
  }
  if (updateSpec && pathOfSpec(spec, workspace) === undefined) {
    throw new LocalBrainError('usage', '--update-spec needs a spec that is a file of the workspace', {
      hint: 'leave out --update-spec',
    })
  }
}

type Around = { request: WorkRequest; context: RunContext; approvals: Approvals; deadline: Deadline; cut: Cut }

/** Makes the copy and opens the model, whichever takes longer. */
async function prepareDesk(
  { spec }: Assignment,
  session: Session,
  { request, context, approvals, deadline, cut }: Around,
): Promise<Desk> {
  const { skill } = session
  const { emit } = approvals
  const options = { temperature: 0.2, seed: 1, ...skill.options, ...request.model?.options }
  context.watch?.asking()
  const opened = await session.model({ workBytes: await sizeOf(spec, session), options, needsTools: true })
  const model = watchCuts(opened, cut)
  const { copy, commands } = await session.hands()
  if (copy === undefined) throw new Error('work needs a copy')
  // However the work is ended, what was changed by then is kept.
  deadline.signal.addEventListener('abort', () => context.watch?.keeping())
  emit({ type: 'run_start', skill: skill.name, model: model.name, units: 0, output: skill.output })
  for (const message of [...spec.warnings, ...session.warnings]) emit({ type: 'warning', message })
  const limits = {
    rounds: request.rounds ?? limitOf(skill, 'rounds', usual.rounds),
    turns: request.limits?.turns ?? limitOf(skill, 'turns', usual.turns),
  }
  return { spec, session, copy, commands, model, limits, emit, deadline }
}

/** Bytes of what fails and what was changed, beside the task and its files. */
const besides = 12_000

/** Bytes of the largest request to come, before tools return anything. */
async function sizeOf({ task, targets }: LoadedSpec, { workspace }: Session): Promise<number> {
  const sizes = targets.map(async (path) => {
    const info = await workspace.info(path).catch(() => undefined)
    return info?.size ?? 0
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, Buffer.byteLength(task) + besides)
}
