import { type Deadline, type Watch, startDeadline } from '../core/deadline.ts'
import type { AgentEvent, Emit } from '../core/events.ts'
import type { Approve, Permit } from '../core/permission.ts'
import type { Engine } from '../engines/engine.ts'
import { type Cut, watchCuts } from '../core/usage.ts'
import { isError } from '../errors.ts'
import { assemble, emptyReport, unaskedReport } from '../report/assemble.ts'
import type { Report } from '../report/report.ts'
import { createReviewCache } from '../tasks/findings/cache.ts'
import { type Memory, recallFindings, rememberFindings } from '../tasks/findings/memory.ts'
import { planJobs, workBytes } from '../tasks/jobs.ts'
import type { Checked, TaskContext } from '../tasks/task.ts'
import { work } from '../tasks/work.ts'
import { watchApprovals } from './approvals.ts'
import { withChanges } from './changes.ts'
import { type Prepared, prepareBy } from './prepare.ts'
import { type RunRequest, defaultTimeout } from './request.ts'

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
  /** Default: the engine that the request's host names. */
  engine?: Engine
}

/**
 * Runs a skill once: load, gather, open the model, divide, ask, report. Rejects with LocalBrainError when there is
 * nothing to show. Once there is an answer, it is in the report, whatever fails afterwards.
 */
export async function run(request: RunRequest, context: RunContext): Promise<Report> {
  const started = Date.now()
  const deadline = startDeadline(
    request.limits?.timeout ?? defaultTimeout,
    context.signal,
    context.since,
    context.watch,
  )
  const approve = context.approve && patient(context.approve, deadline)
  const approvals = watchApprovals(context.emit)
  const prepared = await prepareBy(deadline, request, { ...context, emit: approvals.emit, approve }).catch(
    (error: unknown) => {
      deadline.clear()
      throw error
    },
  )
  const { session, skill } = prepared
  try {
    const { store, workspace } = session
    const previous = prepared.task.givesFindings ? await recallFindings(store, workspace.root) : undefined
    const running = { ...context, emit: approvals.emit, deadline, started, previous }
    const around = { ...approvals, signal: deadline.signal, watch: context.watch }
    const report = await withChanges(prepared, around, async () => runPrepared(prepared, running))
    const { findings, reviewed } = report
    // A run that could not review anything must not replace what the previous one found.
    if (findings !== null && findings.length + reviewed.length > 0) {
      const { kind, base } = report.scope
      await rememberFindings(store, workspace.root, { skill: skill.name, kind, base, findings })
    }
    return report
  } finally {
    deadline.clear()
    await session.close()
  }
}

/** Lets the clock stand while a person thinks. */
export function patient(approve: Approve, deadline: Deadline): Approve {
  return async (question, signal) => {
    const goOn = deadline.pause()
    try {
      return await approve(question, signal)
    } finally {
      goOn()
    }
  }
}

export type Running = RunContext & { deadline: Deadline; started: number; previous?: Memory }

/** The part of a run that asks the model. */
export async function runPrepared(
  prepared: Prepared,
  { emit, signal, watch, deadline, started, previous }: Running,
): Promise<Report> {
  const { session, request, skill, task, options } = prepared
  const checked = await prepared.check()
  const asked = { ...prepared, checked, failOn: request.failOn, previous }
  if (prepared.nothing !== undefined) return timed(emptyReport(asked, prepared.nothing), started)
  try {
    watch?.asking()
    const cut: Cut = { requests: 0, ms: 0 }
    const opened = await session.model({ workBytes: workBytes(prepared), options, needsTools: skill.tools.length > 0 })
    const model = watchCuts(opened, cut)
    const planned = await planJobs(prepared, model)
    emit({ type: 'run_start', skill: skill.name, model: model.name, units: planned.jobs.length, output: skill.output })
    const listening = lookMeanwhile(checked, emit)
    const context: TaskContext = { ...(await taskContext(prepared)), model, emit: listening, ...deadline }
    for (const message of session.warnings) emit({ type: 'warning', message })
    const before = model.bytes(1000)
    const worked = await work(planned.jobs, {
      // What changes files or runs commands is done in the order of the work.
      parallel: session.access === 'read' ? (request.model?.parallel ?? 1) : 1,
      emit: listening,
      signal: deadline.signal,
      run: async (job) => task.run(job, context),
      smaller: async ({ units }) => {
        const part = { ...prepared, gathered: { ...prepared.gathered, units } }
        // If the server counted the tokens of what it refused, the estimate is right by now. Else a third fits surely.
        return (await planJobs(part, model, model.bytes(1000) < before ? 0.9 : 1 / 3)).jobs
      },
    })
    const finished = await task.finish(worked.results, { ...context, tools: [] })
    finished.warnings.unshift(...session.warnings)
    const totalMs = Date.now() - started
    const report = assemble(asked, { planned, worked, finished, model, cut, signal: deadline.signal, totalMs })
    const { stop, turns, usage } = report
    emit({ type: 'run_end', stop, turns, ms: usage.totalMs, usage, cutMs: cut.ms })
    return report
  } catch (error) {
    // Findings that need no model are reported even if the model cannot be asked.
    if (signal.aborted || !isError(error) || !checked.isCertain()) throw error
    return timed(unaskedReport(asked, error), started)
  }
}

/** Before one of these a request may still be on its way out. */
const isBefore: ReadonlySet<AgentEvent['type']> = new Set(['unit_start', 'turn_start', 'loading'])

/** Has the checks look at the work while the model is at its first reply: they take time that no request waits for. */
function lookMeanwhile(checked: Checked, emit: Emit): Emit {
  let isDone = false
  return (event) => {
    emit(event)
    if (isDone || isBefore.has(event.type)) return
    isDone = true
    checked.isCertain()
  }
}

function timed(report: Report, started: number): Report {
  return { ...report, usage: { ...report.usage, totalMs: Date.now() - started } }
}

/** What the jobs of a run need, besides the model and the deadline. */
async function taskContext({ session, request, skill, turns, options }: Prepared) {
  const { tools, permit } = session
  const { workspace, editor, commands } = await session.hands()
  const { think, numCtx } = request.model ?? {}
  return {
    skill,
    tools: tools.filter(({ name }) => skill.tools.includes(name)),
    permit,
    workspace,
    editor,
    commands,
    turns,
    verify: request.verify ?? true,
    options: { ...options, think, numCtx },
    reviews: createReviewCache(request.paths.cache, { reuse: request.cache ?? true }),
  }
}
