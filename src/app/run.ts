import type { AgentContext } from '../core/task.ts'
import { type Deadline, startDeadline } from '../core/deadline.ts'
import type { Emit } from '../core/events.ts'
import { isError } from '../errors.ts'
import { type Memory, recallFindings, rememberFindings } from '../tasks/findings/memory.ts'
import type { Report } from '../report/report.ts'
import { answerJob } from './answer.ts'
import { assemble, emptyReport, unaskedReport } from './assemble.ts'
import { type Combined, combine, joinAnswers } from './combine.ts'
import { type Job, type Planned, planJobs } from './jobs.ts'
import { type Ahead, chooseAhead, connectModel, reachServer } from './model.ts'
import { type Prepared, gatherWork, open, prepare, timeoutOf } from './prepare.ts'
import { type RunRequest, defaultTimeout } from './request.ts'
import { reviewJob, reviewSettings } from './review.ts'
import { type JobResult, type Worked, work } from './work.ts'
import { createStore } from '../store/store.ts'
import { selectTools } from '../tools/index.ts'

export { prepare, type Prepared, type RunRequest }

export type RunContext = {
  emit: Emit
  signal: AbortSignal
  /** When the time limit began to run, in milliseconds since the epoch; default: now. */
  since?: number
}

/**
 * Runs a skill once: load, gather, connect, divide, ask, report. Rejects with LocalBrainError when there is nothing
 * to show; as soon as something was answered it is in the report, whatever fails afterwards.
 */
export async function run(request: RunRequest, context: RunContext): Promise<Report> {
  const started = Date.now()
  const deadline = startDeadline(request.limits?.timeout ?? defaultTimeout, context.signal, context.since)
  const over = new AbortController()
  // A run that may load nothing asks in its own, shorter time.
  const signal = AbortSignal.any([deadline.signal, over.signal])
  const reached = request.model?.loadedOnly ? undefined : reachServer(request, signal)
  try {
    const opened = await open(request, deadline.signal)
    deadline.set(timeoutOf(opened))
    const ahead = reached && chooseAhead(opened, reached, signal)
    const prepared = await gatherWork(opened, deadline.signal)
    if (prepared.nothing !== undefined) return emptyReport(prepared, prepared.nothing)
    const store = createStore(request.paths.state)
    const { root } = prepared.workspace
    const previous = await recallFindings(store, root)
    const report = await runPrepared(prepared, { ...context, deadline, started, previous, ahead })
    const { findings, reviewed } = report
    // A run that could look at nothing knows no more than the one before it.
    if (findings !== null && findings.length + reviewed.length > 0) {
      const { kind, base } = report.scope
      await rememberFindings(store, root, { skill: report.skill, kind, base, findings })
    }
    return report
  } finally {
    over.abort()
    deadline.clear()
  }
}

type Running = RunContext & {
  deadline: Deadline
  started: number
  previous: Memory | undefined
  ahead: Ahead | undefined
}

async function runPrepared(prepared: Prepared, context: Running): Promise<Report> {
  const { deadline, emit, started, previous, ahead } = context
  try {
    const model = await connectModel(prepared, { emit, signal: deadline.signal }, ahead)
    const planned = await planJobs(prepared.input, model.window)
    emit({ type: 'run_start', skill: prepared.skill.name, model: model.name, units: planned.jobs.length })
    const { signal, answerBy } = deadline
    const agent = { emit, signal, answerBy, model, workspace: prepared.workspace }
    const worked = await workThrough(prepared, planned, agent)
    const report = await finish(prepared, { planned, worked, agent, started, previous })
    const { stop, turns, usage } = report
    emit({ type: 'run_end', stop, turns, ms: usage.totalMs, usage })
    return report
  } catch (error) {
    // What is certain without a model is said without one.
    const known = prepared.certain.findings.length > 0 && isError(error) && !context.signal.aborted
    if (!known) throw error
    return unaskedReport(prepared, error, previous)
  }
}

function workThrough(prepared: Prepared, planned: Planned, agent: AgentContext): Promise<Worked> {
  const { request, skill, input } = prepared
  const settings = reviewSettings(prepared)
  const tools = selectTools(skill.tools)
  const { charsPerToken } = agent.model.window
  const one = (job: Job): Promise<JobResult> =>
    skill.output === 'findings' ? reviewJob(job, settings, agent) : answerJob(job, { ...agent, ...prepared, tools })
  return work(planned.jobs, {
    parallel: request.model?.parallel ?? 1,
    emit: agent.emit,
    signal: agent.signal,
    run: one,
    smaller: async (job) => {
      const part = { ...input, gathered: { ...input.gathered, units: job.units } }
      // A server that counts its refusals has mended the estimate; else any text fits into a third.
      const mended = agent.model.window.charsPerToken < charsPerToken
      return (await planJobs(part, agent.model.window, mended ? 0.9 : 1 / 3)).jobs
    },
  })
}

type Finish = {
  planned: Planned
  worked: Worked
  agent: AgentContext
  started: number
  previous: Memory | undefined
}

async function finish(prepared: Prepared, { planned, worked, agent, started, previous }: Finish): Promise<Report> {
  const combined: Combined =
    prepared.skill.output === 'findings'
      ? { answers: [], closings: [], warnings: [] }
      : await combine(worked.results, { ...agent, ...prepared, tools: [] })
  const error = worked.error ?? combined.error
  return assemble(prepared, {
    planned,
    worked: error === undefined ? worked : { ...worked, error },
    closings: combined.closings,
    warnings: combined.warnings,
    text: joinAnswers(combined.answers),
    model: agent.model,
    signal: agent.signal,
    totalMs: Date.now() - started,
    ...(previous === undefined ? {} : { previous }),
  })
}
