import type { Emit } from '../agent/events.ts'
import type { Stop, ToolCallRecord } from '../agent/answer.ts'
import { type LocalBrainError, isError } from '../errors.ts'
import type { UnitReview } from '../findings/review.ts'
import type { Usage } from '../models/model.ts'
import type { Job } from './jobs.ts'
import { partLabel } from './label.ts'

/** What became of one job. `text` is kept even when the job is not `ok`: nothing that was written is lost. */
export type JobResult = {
  job: Job
  ok: boolean
  stop: Stop
  text: string
  review?: UnitReview
  turns: number
  usage: Usage
  toolCalls: ToolCallRecord[]
  warnings: string[]
  /** Why it is not ok, as `notReviewed` says it. */
  problem?: string
}

export type Worked = { results: JobResult[]; left: Job[]; error?: LocalBrainError }

export type WorkContext = {
  parallel: number
  emit: Emit
  signal: AbortSignal
  run: (job: Job) => Promise<JobResult>
  /** The same work in smaller pieces, for a job that the server found too long. */
  smaller: (job: Job) => Promise<Job[]>
}

/**
 * Runs the jobs, `parallel` at a time, and keeps their order. A job that overflows is tried once more in smaller
 * pieces. When the server fails, what has been done is kept and the rest is left; with nothing done it rejects.
 */
export async function work(jobs: readonly Job[], context: WorkContext): Promise<Worked> {
  const slots: JobResult[][] = jobs.map(() => [])
  const left = new Set(jobs)
  const queue = [...jobs.entries()]
  const failures: unknown[] = []
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, job] = next
      if (failures.length > 0 || context.signal.aborted) return
      try {
        slots[index] = await runVisibly(job, { index, of: jobs.length }, context)
        left.delete(job)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, context.parallel) }, worker))
  const results = slots.flat()
  const [failure] = failures
  if (failure === undefined) return { results, left: [...left] }
  // oxlint-disable-next-line typescript/only-throw-error -- it goes on as it came
  if (results.length === 0 || !isError(failure)) throw failure
  return { results, left: [...left], error: failure }
}

type Place = { index: number; of: number }

async function runVisibly(job: Job, { index, of }: Place, context: WorkContext): Promise<JobResult[]> {
  const started = Date.now()
  const label = jobLabel(job)
  const unit = index + 1
  context.emit({ type: 'unit_start', unit, of, label })
  const results = await runOrDivide(job, context)
  context.emit({ type: 'unit_end', unit, of, label, ms: Date.now() - started })
  return results
}

async function runOrDivide(job: Job, context: WorkContext): Promise<JobResult[]> {
  const first = await context.run(job)
  const overflowed = first.stop === 'context_full' && first.text === '' && job.units.length > 0
  if (!overflowed || context.signal.aborted) return [first]
  const pieces = await context.smaller(job)
  context.emit({
    type: 'retry',
    reason: `${jobLabel(job)} outgrew the window; divided into ${pieces.length}`,
    attempt: 1,
  })
  const results: JobResult[] = []
  for (const piece of pieces) results.push(await context.run(piece))
  return results
}

export function jobLabel(job: Job): string {
  const [first] = job.units
  if (first === undefined) return 'prompt'
  return job.units.length === 1 ? partLabel(first) : `${first.path} and ${job.units.length - 1} more`
}
