import { type Watch, patient, startDeadline } from '../core/deadline.ts'
import type { Emit } from '../core/events.ts'
import type { Approve, Permit } from '../core/permission.ts'
import type { Engine } from '../engines/engine.ts'
import type { Coverage } from '../report/coverage.ts'
import type { Report } from '../report/report.ts'
import type { Memory } from '../tasks/findings/finding.ts'
import { recallFindings, rememberFindings } from '../tasks/findings/memory.ts'
import type { Task } from '../tasks/task.ts'
import { watchApprovals } from './approvals.ts'
import { askAhead } from './ask-ahead.ts'
import { runPrepared } from './ask.ts'
import { withChanges } from './changes.ts'
import { type Prepared, prepareBy } from './prepare.ts'
import { type RunRequest, defaultTimeout } from './request.ts'
import { type Session, once } from './session.ts'

export type RunContext = {
  emit: Emit
  signal: AbortSignal
  /** The start of the time limit, in milliseconds since the epoch. Default: now. */
  since?: number
  /** Is told of the time limit. */
  watch?: Watch
  /** Decides about each call of a tool. Default: by what the request allows, and `approve`. */
  permit?: Permit
  /** Asks a person about what the request does not allow. Their time does not count. */
  approve?: Approve
  /** Is told what there was to look at before the run rejects. */
  onFailure?: (coverage: Coverage) => void
  /** Default: the engine that the request's host names. */
  engine?: Engine
}

/**
 * Runs a skill once: opens a session, finds the input, asks the model about it, reports. Rejects with LocalBrainError when
 * there is nothing to show. Once there is an answer, it is in the report, whatever fails afterwards.
 */
export async function run(request: RunRequest, context: RunContext): Promise<Report> {
  const started = Date.now()
  const timeout = request.limits?.timeout ?? defaultTimeout
  const deadline = startDeadline(timeout, context.signal, context.since, context.watch)
  const over = new AbortController()
  const end = () => {
    deadline.clear()
    over.abort()
  }
  const approvals = watchApprovals(context.emit)
  const approve = context.approve && patient(context.approve, deadline)
  const ahead = { ...request.model, signal: AbortSignal.any([deadline.signal, over.signal]) }
  const onFound = async (session: Session, task: Task) => askAhead(session, task, ahead)
  const opening = { ...context, emit: approvals.emit, approve, onFound }
  const prepared = await prepareBy(deadline, request, opening).catch((error: unknown) => {
    end()
    throw error
  })
  try {
    const previous = once(async () => recall(prepared))
    const running = { ...context, emit: approvals.emit, deadline, started, previous }
    const around = { ...approvals, signal: deadline.signal, watch: context.watch }
    const report = await withChanges(prepared, around, async () => runPrepared(prepared, running))
    await remember(report, prepared)
    return report
  } finally {
    end()
    await prepared.session.close()
  }
}

/** What the review before this one found. */
async function recall({ session, task }: Prepared): Promise<Memory | undefined> {
  return task.givesFindings ? recallFindings(session.store, session.workspace.root) : undefined
}

/** A run that could not review anything must not replace what the previous one found. */
async function remember({ findings, reviewed, scope }: Report, { session, skill }: Prepared): Promise<void> {
  if (findings === null || findings.length + reviewed.length === 0) return
  const { kind, base } = scope
  await rememberFindings(session.store, session.workspace.root, { skill: skill.name, kind, base, findings })
}
