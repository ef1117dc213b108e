import type { Emit } from '../core/events.ts'
import { type LocalBrainError, isError } from '../errors.ts'
import { createSweep } from '../v8.ts'
import type { Ahead } from './ahead.ts'
import { jobLabel } from './jobs.ts'
import type { Job, JobResult } from './task.ts'

export type Worked = { results: JobResult[]; left: Job[]; error?: LocalBrainError }

export type WorkContext = {
  parallel: number
  emit: Emit
  signal: AbortSignal
  run: (job: Job) => Promise<JobResult>
  /** The same work in smaller pieces, for a job that the server found too long. */
  smaller: (job: Job) => Promise<Job[]>
}

/** What one job has come to: what is done, and what of it still has to be. */
const manyJobs = 1000

type Slot = { results: JobResult[]; left: Job[] }

/**
 * Runs the jobs as they come, `parallel` at a time, and keeps their order. A job that overflows is tried once more in
 * smaller pieces. When the server or the input fails, what has been done is kept and the rest is left; with nothing done
 * it rejects.
 */
export async function work(jobs: Ahead<Job>, context: WorkContext): Promise<Worked> {
  const { signal } = context
  const slots: Slot[] = []
  const failures: unknown[] = []
  const sweep = createSweep()
  const step = async () => {
    const next = await jobs.next()
    if (next === undefined || signal.aborted || failures.length > 0) return false
    sweep()
    const slot: Slot = (slots[next.index] = { results: [], left: [next.value] })
    await runVisibly(slot, { unit: next.index + 1, jobs }, context)
    return true
  }
  const worker = async () => {
    try {
      while (failures.length === 0 && !signal.aborted && (await step()));
    } catch (error) {
      failures.push(error)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, context.parallel) }, worker))
  const results = slots.flatMap((slot) => slot.results)
  const [failure] = failures
  // oxlint-disable-next-line typescript/only-throw-error -- it goes on as it came
  if (failure !== undefined && (results.length === 0 || !isError(failure))) throw failure
  // What is left has to be named.
  await jobs.have(Number.POSITIVE_INFINITY)
  // A report on a hundred thousand files takes its share of the memory too.
  if (jobs.taken.length > manyJobs) sweep(0)
  const left = jobs.taken.flatMap((job, index) => slots[index]?.left ?? [job])
  return { results, left, error: failure }
}

type Place = { unit: number; jobs: Ahead<Job> }

async function runVisibly(slot: Slot, { unit, jobs }: Place, context: WorkContext): Promise<void> {
  const [job] = slot.left
  if (job === undefined) return
  const started = Date.now()
  const label = jobLabel(job)
  const place = () => ({ unit, of: jobs.taken.length, atLeast: jobs.isWhole() ? undefined : (true as const), label })
  context.emit({ type: 'unit_start', ...place() })
  await runOrDivide(job, slot, context)
  context.emit({ type: 'unit_end', ...place(), ms: Date.now() - started })
}

async function runOrDivide(job: Job, slot: Slot, context: WorkContext): Promise<void> {
  const first = await context.run(job)
  const overflowed = first.stop === 'context_full' && first.text === '' && job.units.length > 0
  // guard: smaller-pieces
  const pieces = overflowed && !context.signal.aborted ? await context.smaller(job) : []
  if (pieces.length === 0) {
    Object.assign(slot, { results: [first], left: [] })
    return
  }
  const reason = `${jobLabel(job)} outgrew the window; divided into ${pieces.length}`
  context.emit({ type: 'retry', reason, attempt: 1 })
  slot.left = pieces
  for (const piece of pieces) {
    slot.results.push(await context.run(piece))
    slot.left = slot.left.slice(1)
  }
}
