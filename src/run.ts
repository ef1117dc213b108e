import type { AgentContext } from './agent/task.ts'
import { deadlineError } from './agent/agent.ts'
import type { Emit } from './agent/events.ts'
import { connect } from './models/connect.ts'
import { parseHost } from './models/host.ts'
import type { Model } from './models/model.ts'
import { type Reached, reach } from './models/reach.ts'
import type { Report } from './reporters/report.ts'
import { answerJob, combine, joinAnswers } from './run/answer.ts'
import { assemble, emptyReport } from './run/assemble.ts'
import { type Job, type Planned, planJobs, workChars } from './run/jobs.ts'
import { modelOptions } from './run/options.ts'
import { type Prepared, prepare } from './run/prepare.ts'
import type { RunRequest } from './run/request.ts'
import { reviewJob } from './run/review.ts'
import { type JobResult, type Worked, work } from './run/work.ts'
import { createStore } from './store/store.ts'
import { selectTools } from './tools/index.ts'
import type { Tool } from './tools/tool.ts'

export { prepare, type Prepared, type RunRequest }

export type RunContext = { emit: Emit; signal: AbortSignal }

/**
 * Runs a skill once: load, gather, connect, divide, ask, report. Rejects with LocalBrainError when there is nothing
 * to show; as soon as something was answered it is in the report, whatever fails afterwards.
 */
export async function run(request: RunRequest, context: RunContext): Promise<Report> {
  const started = Date.now()
  const over = new AbortController()
  const reached = reachServer(request, AbortSignal.any([context.signal, over.signal]))
  try {
    const prepared = await prepare(request)
    if (prepared.nothing !== undefined) return emptyReport(prepared, prepared.nothing)
    return await runPrepared(prepared, { ...context, started, reached, over })
  } finally {
    over.abort()
  }
}

/** Asks the server what it has, while the work is gathered. That carries nothing of the person's. */
function reachServer({ model, paths }: RunRequest, signal: AbortSignal): Promise<Reached> {
  const ask = async () =>
    reach(
      { host: parseHost(model?.host), allowRemote: model?.allowRemote ?? false, store: createStore(paths.state) },
      signal,
    )
  const reached = ask()
  // Whatever is wrong with the work is said first.
  reached.catch(() => undefined)
  return reached
}

type Running = RunContext & { started: number; reached: Promise<Reached>; over: AbortController }

async function runPrepared(prepared: Prepared, { started, reached, over, ...context }: Running): Promise<Report> {
  const deadline = startDeadline(prepared.timeout, context.signal)
  deadline.signal.addEventListener('abort', () => over.abort(deadline.signal.reason))
  try {
    const model = await connectModel(prepared, reached, { ...context, signal: deadline.signal })
    const planned = await planJobs(prepared.input, model.window)
    const { skill } = prepared
    context.emit({ type: 'run_start', skill: skill.name, model: model.name, units: planned.jobs.length })
    const agent = { ...context, ...deadline, model, workspace: prepared.workspace }
    const equipped = { ...prepared, tools: selectTools(skill.tools) }
    const worked = await workThrough(equipped, planned, agent)
    const report = await finish(equipped, { planned, worked, agent, started })
    const { stop, turns, usage } = report
    context.emit({ type: 'run_end', stop, turns, ms: usage.totalMs, usage })
    return report
  } finally {
    deadline.clear()
  }
}

/** Aborts at the deadline; the last quarter of the time is kept for answers. */
function startDeadline(seconds: number, signal: AbortSignal) {
  const timeUp = new AbortController()
  const timer = setTimeout(() => timeUp.abort(deadlineError(seconds)), seconds * 1000)
  return {
    signal: AbortSignal.any([signal, timeUp.signal]),
    answerBy: Date.now() + seconds * 750,
    clear: () => clearTimeout(timer),
  }
}

function connectModel(prepared: Prepared, reached: Promise<Reached>, context: RunContext): Promise<Model> {
  const { request, skill, input } = prepared
  const { name, host, allowRemote = false, ...wanted } = request.model ?? {}
  return connect(
    {
      ...wanted,
      ...(name === undefined ? {} : { explicit: name }),
      host: parseHost(host),
      allowRemote,
      preferences: skill.model,
      needsTools: skill.tools.length > 0,
      options: modelOptions(prepared),
      workChars: workChars(skill, input.gathered),
      store: createStore(request.paths.state),
      reached,
    },
    context,
  )
}

type Equipped = Prepared & { tools: Tool[] }

function workThrough(prepared: Equipped, planned: Planned, agent: AgentContext): Promise<Worked> {
  const { request, skill, input, tools } = prepared
  const review = { skill, tools, verify: request.verify ?? true }
  const one = (job: Job): Promise<JobResult> =>
    skill.output === 'findings' ? reviewJob(job, review, agent) : answerJob(job, { ...agent, ...prepared })
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

async function finish(prepared: Equipped, { planned, worked, agent, started }: Finish): Promise<Report> {
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
