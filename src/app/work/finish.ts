import { relative } from 'node:path'
import { type Cut, addUsage, noUsage } from '../../core/usage.ts'
import { describeError, isError } from '../../errors.ts'
import { blankReport } from '../../report/blank.ts'
import type { RunChanges } from '../../report/changes.ts'
import { verdictOf } from '../../report/checks.ts'
import { type Outcome, isVerified, judge, workAnswer, workExitCode, workFailure } from '../../report/criteria.ts'
import type { CheckRow, Report } from '../../report/report.ts'
import { redactAll } from '../../text/redact.ts'
import { escapeLine } from '../../text/escape.ts'
import { createEditor } from '../../workspace/edit.ts'
import type { Approvals } from '../approvals.ts'
import { accessOf, changedBy, notKept } from '../changes.ts'
import { limitOf } from '../limits.ts'
import type { WorkReport, WorkRequest } from './request.ts'
import { type Assignment, pathOfSpec, targetsOf } from './assignment.ts'
import type { Judged } from './criteria.ts'
import type { Desk, Rounds } from './rounds.ts'
import { updateSpec } from './update-spec.ts'

/** How the work went. */
export type Ended = {
  desk: Desk
  assignment: Assignment
  request: WorkRequest
  approvals: Approvals
  rounds: Rounds
  checks: CheckRow[]
  judged: Judged
  /** Requests that no answer knows of. */
  cut: Cut
  started: number
}

/** Keeps what was changed as a proposal, and says what it is worth. */
export async function finishWork(ended: Ended): Promise<WorkReport> {
  const { rounds, checks, judged, request } = ended
  const failure = rounds.error ?? judged.error
  const outcome: Outcome = {
    stop: rounds.stop,
    error: failure && describeError(failure),
    checks,
    criteria: judged.criteria,
    isChanged: rounds.look.changes.length > 0,
    untouched: untouched(ended),
    uncheckedOnPurpose: request.noChecks ?? false,
  }
  return reportOf(ended, outcome, await keep(ended, outcome))
}

const heldBack =
  'the changes are only proposed, since not every check holds: local-brain apply applies them all the same'

async function keep({ desk, request, rounds }: Ended, outcome: Outcome): Promise<RunChanges> {
  const { copy, session, spec } = desk
  try {
    const path = request.updateSpec ? pathOfSpec(spec, session.workspace) : undefined
    const { editor } = await session.hands()
    // The spec is the person's own, so the scope of the work does not hold for it.
    const own = createEditor(copy.workspace)
    const progress = { criteria: outcome.criteria, isDone: judge(outcome) === 'done' }
    const problem = path !== undefined && outcome.isChanged ? await notUpdated(own, path, spec, progress) : undefined
    const isHeld = outcome.error === undefined && checksHold(outcome)
    // guard: work-apply
    const changed = await copy.finish(spec.title, () => Promise.resolve(isHeld ? undefined : heldBack))
    const isTarget = targetsOf(spec)
    const isOutside = (name: string) => !isTarget(name) && name !== path
    const weakened = new Set(rounds.weakened)
    return {
      ...changed,
      warnings: [...changed.warnings, ...(problem === undefined ? [] : [problem])],
      changes: changedBy(changed.changes, { changes: [...(editor?.changes ?? []), ...own.changes] }).map((change) => ({
        ...change,
        outsideTargets: isOutside(change.path),
        ...(weakened.has(change.from ?? change.path) && { weakens: true }),
      })),
    }
  } catch (error) {
    return notKept(error)
  }
}

/** Why the spec stays as it is: what was done for it is kept all the same. */
async function notUpdated(...update: Parameters<typeof updateSpec>): Promise<string | undefined> {
  try {
    await updateSpec(...update)
    return undefined
  } catch (error) {
    if (!isError(error)) throw error
    const reason = error.code === 'not-available' ? 'git ignores it, or it is never written' : error.message
    return `the spec was not updated: ${reason}`
  }
}

function checksHold({ checks, stop, uncheckedOnPurpose }: Outcome): boolean {
  const isWhole = stop !== 'time_limit' && stop !== 'interrupted'
  return isWhole && verdictOf(checks) === 'hold' && (isVerified(checks) || uncheckedOnPurpose)
}

async function reportOf(ended: Ended, outcome: Outcome, changed: RunChanges): Promise<WorkReport> {
  const { desk, request, approvals, rounds, checks, judged } = ended
  const { session, model } = desk
  const { commands } = await session.hands()
  const { error: unkept, warnings, ...changes } = changed
  const failure = workFailure(outcome, timeoutOf(ended))
  const isDone = judge(outcome) === 'done'
  const error = outcome.error ?? (unkept && describeError(unkept)) ?? (failure && describeError(failure))
  const report: WorkReport = {
    ...blankReport(),
    skill: session.skill.name,
    model: { name: model.name, digest: model.id, contextLength: model.window, toolCalling: model.toolCalling },
    scope: { kind: 'spec', base: null, root: relative(request.cwd, session.workspace.root) || '.' },
    answer: workAnswer(outcome),
    toolCalls: rounds.answers.flatMap(({ toolCalls }) => toolCalls),
    turns: rounds.answers.reduce((sum, { turns }) => sum + turns, 0),
    stop: isDone ? 'answered' : outcome.stop,
    usage: usageOf(ended),
    warnings: [...new Set([...warningsOf(ended), ...warnings])],
    ...changes,
    checks,
    criteria: judged.criteria,
    rounds: rounds.count,
    verified: isVerified(checks),
    access: accessOf({ skill: session.skill, request }, commands?.sandbox ?? null),
    commands: session.sandbox === undefined ? undefined : approvals.commands(),
    approvals: approvals.counts(),
    error,
    exitCode: workExitCode({ ...outcome, error }),
  }
  const { stop, turns, usage } = report
  desk.emit({ type: 'run_end', stop, turns, ms: usage.totalMs, usage, cutMs: ended.cut.ms })
  // guard: work-secrets
  return redactAll(report)
}

function timeoutOf({ request, desk }: Ended): number {
  return request.limits?.timeout ?? limitOf(desk.session.skill, 'timeout', 1800)
}

function usageOf({ rounds, judged, cut, started }: Ended): Report['usage'] {
  const answers = rounds.answers.map(({ usage }) => usage)
  const sum = [...answers, judged.usage].reduce(addUsage, { ...noUsage, modelCalls: cut.requests })
  return { ...sum, totalMs: Date.now() - started, cacheHits: 0 }
}

function warningsOf({ desk, assignment, rounds, judged }: Ended): string[] {
  const { found } = assignment
  return [
    ...desk.session.skill.warnings,
    ...desk.spec.warnings,
    ...desk.session.warnings,
    ...(found === undefined ? [] : [`no check was named, so "${found.command}" was taken, from ${found.file}`]),
    ...rounds.answers.flatMap(({ warnings }) => warnings),
    ...rounds.warnings,
    ...judged.warnings,
    ...weakenedWarnings(rounds),
  ]
}

/** Files that the spec names and that stayed as they were. */
function untouched({ desk, rounds }: Ended): string[] {
  const paths = rounds.look.changes.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]))
  return desk.spec.targets.filter((target) => {
    const isTarget = targetsOf({ targets: [target] })
    return !paths.some(isTarget)
  })
}

function weakenedWarnings({ weakened, mingled }: Rounds): string[] {
  const named = (paths: readonly string[]) => paths.map(escapeLine).join(', ')
  const apart = weakened.filter((path) => !mingled.includes(path))
  const only = 'Checks count as they are without that; target_files names the test files that may change'
  const both = 'together with the lines beside them, so a check may hold because of that: read them'
  return [
    ...(apart.length > 0 ? [`changed while their check failed: ${named(apart)}. ${only}`] : []),
    ...(mingled.length > 0 ? [`changed while their check failed, ${both}: ${named(mingled)}`] : []),
  ]
}
