import type { Emit } from '../core/events.ts'
import { type LocalBrainError, isError } from '../errors.ts'
import { createSweep } from '../v8.ts'
import { type Job, jobLabel } from './jobs.ts'
import type { JobResult } from './task.ts'

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
type Slot = { results: JobResult[]; left: Job[] }

/**
 * Runs the jobs, `parallel` at a time, and keeps their order. A job that overflows is tried once more in smaller
 * pieces. When the server fails, what has been done is kept and the rest is left; with nothing done it rejects.
 */
export async function work(jobs: readonly Job[], context: WorkContext): Promise<Worked> {
  const slots = jobs.map((job): Slot => ({ results: [], left: [job] }))
  const queue = [...slots.entries()]
  const failures: unknown[] = []
  const sweep = createSweep()
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, slot] = next
      if (failures.length > 0 || context.signal.aborted) return
      sweep()
      try {
        await runVisibly(slot, { index, of: jobs.length }, context)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Math.min(context.parallel, jobs.length)) }, worker))
  const results = slots.flatMap((slot) => slot.results)
  const left = slots.flatMap((slot) => slot.left)
  const [failure] = failures
  if (failure === undefined) return { results, left }
  // oxlint-disable-next-line typescript/only-throw-error -- it goes on as it came
  if (results.length === 0 || !isError(failure)) throw failure
  return { results, left, error: failure }
}

type Place = { index: number; of: number }

async function runVisibly(slot: Slot, { index, of }: Place, context: WorkContext): Promise<void> {
  const [job] = slot.left
  if (job === undefined) return
  const started = Date.now()
  const label = jobLabel(job)
  const unit = index + 1
  context.emit({ type: 'unit_start', unit, of, label })
  await runOrDivide(job, slot, context)
  context.emit({ type: 'unit_end', unit, of, label, ms: Date.now() - started })
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
