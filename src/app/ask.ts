import type { Deadline, Watch } from '../core/deadline.ts'
import type { AgentEvent, Emit } from '../core/events.ts'
import type { Model } from '../core/model.ts'
import { type Cut, watchCuts } from '../core/usage.ts'
import { isError } from '../errors.ts'
import { isRead, readToEnd } from '../input/index.ts'
import { type Asked, assemble, emptyReport, unaskedCoverage, unaskedReport } from '../report/assemble.ts'
import type { Coverage } from '../report/coverage.ts'
import type { Report } from '../report/report.ts'
import { type Ahead, readAhead } from '../tasks/ahead.ts'
import { createReviewCache } from '../tasks/findings/cache.ts'
import type { Memory } from '../tasks/findings/finding.ts'
import { planJobs, workBytes } from '../tasks/jobs.ts'
import type { Job, TaskContext } from '../tasks/task.ts'
import { type Worked, work } from '../tasks/work.ts'
import type { Prepared } from './prepare.ts'
import { once } from './session.ts'

type Running = {
  emit: Emit
  signal: AbortSignal
  deadline: Deadline
  /** In milliseconds since the epoch. */
  started: number
  /** Is told when the model is asked. */
  watch?: Watch
  /** Is told what there was to look at before the run rejects. */
  onFailure?: (coverage: Coverage) => void
  /** What the review before this one found. */
  previous?: () => Promise<Memory | undefined>
}

/** The part of a run that asks the model. */
export async function runPrepared(prepared: Prepared, running: Running): Promise<Report> {
  const { signal, started } = running
  const check = once(prepared.check)
  const known = async () => {
    const [checked, previous] = [await check(), await running.previous?.()]
    return { ...prepared, failOn: prepared.request.failOn, checked, previous }
  }
  if (prepared.nothing !== undefined) return timed(emptyReport(await known(), prepared.nothing), started)
  try {
    return await ask(prepared, known, running)
  } catch (error) {
    if (!signal.aborted && isError(error) && prepared.task.givesFindings) {
      // Findings that need no model are reported even if the model cannot be asked.
      await readToEnd(prepared).catch(() => undefined)
      const asked = await known()
      if (asked.checked.isCertain()) return timed(unaskedReport(asked, error), started)
    }
    running.onFailure?.(unaskedCoverage(prepared, error instanceof Error ? error.message : 'the run failed'))
    throw error
  }
}

/** `known`: what is known without a model, for the report. */
async function ask(
  asked: Prepared,
  known: () => Promise<Prepared & Asked>,
  { emit, watch, deadline, started }: Running,
): Promise<Report> {
  const { session, request, skill, task, options } = asked
  watch?.asking()
  const cut: Cut = { requests: 0, ms: 0 }
  const opened = await session.model({ workBytes: workBytes(asked), options, needsTools: skill.tools.length > 0 })
  const model = watchCuts(opened, cut)
  const planned = await planJobs(asked, model, deadline)
  const jobs = readAhead(planned.jobs)
  await jobs.have(isRead(asked) ? Number.POSITIVE_INFINITY : 1)
  emit({ type: 'run_start', skill: skill.name, model: model.name, ...countOf(jobs), output: skill.output })
  const listening = meanwhile(emit, async () => {
    await jobs.have(Number.POSITIVE_INFINITY)
    const { checked } = await known()
    checked.isCertain()
  })
  const context: TaskContext = { ...(await taskContext(asked)), model, emit: listening, ...deadline }
  for (const message of session.warnings) emit({ type: 'warning', message })
  const worked = await work(jobs, {
    // Jobs that change files or run commands keep their order.
    parallel: session.access === 'read' ? (request.model?.parallel ?? 1) : 1,
    emit: listening,
    signal: deadline.signal,
    run: async (job) => task.run(job, context),
    smaller: smallerFor(asked, model),
  })
  const finished = await task.finish(worked.results, { ...context, tools: [] })
  finished.warnings.unshift(...session.warnings)
  const totalMs = Date.now() - started
  const needed = deadline.signal.aborted ? await neededTime(worked, asked, { model, ms: totalMs }) : undefined
  const ending = { planned, worked, finished, model, cut, needed, signal: deadline.signal, totalMs }
  const report = assemble(await known(), ending)
  const { stop, turns, usage } = report
  emit({ type: 'run_end', stop, turns, ms: usage.totalMs, usage, cutMs: cut.ms })
  return report
}

/** Loaded by a run that its time limit ended. */
async function neededTime(worked: Worked, asked: Prepared, spent: { model: Model; ms: number }) {
  const { secondsNeeded } = await import('./needed-time.ts')
  return secondsNeeded(worked, { ...asked, ...spent })
}

/** Divides a job that the server found too long. */
function smallerFor(prepared: Prepared, model: Model): (job: Job) => Promise<Job[]> {
  const before = model.bytes(1000)
  return async ({ units }) => {
    const part = { ...prepared, gathered: { ...prepared.gathered, units }, more: () => Promise.resolve(false) }
    // If the server counted the tokens of what it refused, the estimate is right by now. Else a third fits surely.
    const share = model.bytes(1000) < before ? 0.9 : 1 / 3
    const pieces = readAhead((await planJobs(part, model, { share })).jobs)
    await pieces.have(Number.POSITIVE_INFINITY)
    return [...pieces.taken]
  }
}

function countOf(jobs: Ahead<Job>) {
  return { units: jobs.taken.length, atLeast: jobs.isWhole() ? undefined : (true as const) }
}

/** Before one of these a request may still be on its way out. */
const isBefore: ReadonlySet<AgentEvent['type']> = new Set(['unit_start', 'turn_start', 'loading'])

/**
 * Reads on and has the checks look at the work while the model is at its first reply: that takes time that no request
 * waits for. What fails there fails again where it is needed.
 */
function meanwhile(emit: Emit, act: () => Promise<void>): Emit {
  let isBegun = false
  return (event) => {
    emit(event)
    if (isBegun || isBefore.has(event.type)) return
    isBegun = true
    act().catch(() => undefined)
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
