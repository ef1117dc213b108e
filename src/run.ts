import type { AgentContext } from './agent/task.ts'
import { deadlineError } from './agent/agent.ts'
import type { Emit } from './agent/events.ts'
import { connect } from './models/connect.ts'
import { parseHost } from './models/host.ts'
import type { Model } from './models/model.ts'
import type { Report } from './reporters/report.ts'
import { answerJob, combine, joinAnswers } from './run/answer.ts'
import { assemble, emptyReport } from './run/assemble.ts'
import { type Job, type Planned, planJobs, workChars } from './run/jobs.ts'
import { type Prepared, prepare } from './run/prepare.ts'
import { type RunRequest, defaultTimeout } from './run/request.ts'
import { reviewJob } from './run/review.ts'
import { type JobResult, type Worked, work } from './run/work.ts'
import { createStore } from './store/store.ts'

export { prepare, type Prepared, type RunRequest }

export type RunContext = { emit: Emit; signal: AbortSignal }

/**
 * Runs a skill once: load, gather, connect, divide, ask, report. Rejects with LocalBrainError when there is nothing
 * to show; as soon as something was answered it is in the report, whatever fails afterwards.
 */
export async function run(request: RunRequest, context: RunContext): Promise<Report> {
  const started = Date.now()
  const prepared = await prepareInTime(request, context.signal)
  if (prepared.nothing !== undefined) return emptyReport(prepared, prepared.nothing)
  const deadline = startDeadline(prepared.timeout, started, context.signal)
  try {
    const model = await connectModel(prepared, { ...context, signal: deadline.signal })
    const planned = await planJobs(prepared.input, model.window)
    const { skill } = prepared
    context.emit({ type: 'run_start', skill: skill.name, model: model.name, units: planned.jobs.length })
    const agent = { ...context, ...deadline, model, workspace: prepared.workspace }
    const worked = await workThrough(prepared, planned, agent)
    const report = await finish(prepared, { planned, worked, agent, started })
    context.emit({ type: 'run_end', stop: report.stop, turns: report.turns, ms: report.usage.totalMs })
    return report
  } finally {
    deadline.clear()
  }
}

/** Until a skill says otherwise the time is what was asked for or the usual. */
async function prepareInTime(request: RunRequest, signal: AbortSignal): Promise<Prepared> {
  const deadline = startDeadline(request.limits?.timeout ?? defaultTimeout, Date.now(), signal)
  try {
    return await prepare(request, deadline.signal)
  } finally {
    deadline.clear()
  }
}

/** Aborts so long after the start; the last quarter of the time is kept for answers. */
function startDeadline(seconds: number, started: number, signal: AbortSignal) {
  const timeUp = new AbortController()
  const end = started + seconds * 1000
  const timer = setTimeout(() => timeUp.abort(deadlineError(seconds)), end - Date.now())
  return {
    signal: AbortSignal.any([signal, timeUp.signal]),
    answerBy: started + seconds * 750,
    clear: () => clearTimeout(timer),
  }
}

function connectModel(prepared: Prepared, context: RunContext): Promise<Model> {
  const { request, skill, input } = prepared
  const { name, host, options, allowRemote = false, ...wanted } = request.model ?? {}
  return connect(
    {
      ...wanted,
      ...(name === undefined ? {} : { explicit: name }),
      host: parseHost(host),
      allowRemote,
      preferences: skill.model,
      needsTools: skill.tools.length > 0,
      options: { ...skill.options, ...options },
      workChars: workChars(skill, input.gathered),
      store: createStore(request.paths.state),
    },
    context,
  )
}

function workThrough(prepared: Prepared, planned: Planned, agent: AgentContext): Promise<Worked> {
  const { request, skill, input } = prepared
  const one = (job: Job): Promise<JobResult> =>
    skill.output === 'findings' ? reviewJob(job, prepared.review, agent) : answerJob(job, { ...agent, ...prepared })
  return work(planned.jobs, {
    parallel: request.model?.parallel ?? 1,
    emit: agent.emit,
    signal: agent.signal,
    run: one,
    smaller: async (job) => {
      const part = { ...input, gathered: { ...input.gathered, units: job.units } }
      return (await planJobs(part, agent.model.window, 0.5)).jobs
    },
  })
}

type Finish = { planned: Planned; worked: Worked; agent: AgentContext; started: number }

async function finish(prepared: Prepared, { planned, worked, agent, started }: Finish): Promise<Report> {
  const combined =
    prepared.skill.output === 'findings'
      ? { answers: [], closings: [] }
      : await combine(worked.results, { ...agent, ...prepared })
  return assemble(prepared, {
    planned,
    worked,
    closings: combined.closings,
    text: joinAnswers(combined.answers),
    model: agent.model,
    signal: agent.signal,
    totalMs: Date.now() - started,
  })
}
