import type { Model, Speed } from '../core/model.ts'
import type { Task } from '../tasks/task.ts'
import type { Worked } from '../tasks/work.ts'

/** Tokens of what a request reads, the system text included, and of what is written. */
type Tokens = { read: number; written: number }

/** One part of a review: its lines with their surroundings, and the reply. */
const part: Tokens = { read: 2000, written: 300 }
/** The second look at a finding reads the part again, and gives an opinion and a verdict. */
const look = { share: 0.6, written: 200 }
/** Parts that 200 changed lines are divided into, as a rule: they are spread over several files. */
const partsOf200 = 8

function secondsFor({ read, written }: Tokens, speed: Speed): number {
  return read / speed.read + written / speed.written
}

/** Seconds that one part of a review is going to take. */
function partSeconds(read: number, speed: Speed): number {
  return secondsFor({ read, written: part.written }, speed) + look.share * secondsFor({ ...look, read }, speed)
}

/** Seconds that a review of 200 changed lines is going to take. */
export function reviewSeconds(speed: Speed): number {
  return partsOf200 * partSeconds(part.read, speed)
}

/** Above this, jobs are estimated rather than counted one by one. */
const maxJobs = 100

type Run = { task: Pick<Task, 'givesFindings'>; timeout: number; model: Model; ms: number }

/**
 * Seconds, rounded up, that the whole work of a run would take, by what was done in `ms` and by the speed that is known of
 * the model. Undefined when neither tells, or when it should have been enough.
 */
export async function secondsNeeded(
  { results, left }: Worked,
  { task, timeout, model, ms }: Run,
): Promise<number | undefined> {
  const jobs = [...results.map(({ job }) => job), ...left]
  const done = results.filter(({ ok }) => ok).length
  const byDone = done === 0 ? 0 : ((ms / 1000) * jobs.length) / done
  const { speed } = model
  let bySpeed = 0
  for (const job of speed === undefined ? [] : jobs.slice(0, maxJobs)) {
    const read = model.tokens(await job.messages(), [])
    const own = { read, written: part.written }
    if (speed !== undefined) bySpeed += task.givesFindings ? partSeconds(read, speed) : secondsFor(own, speed)
  }
  const needed = Math.max(byDone, (bySpeed * jobs.length) / Math.min(jobs.length, maxJobs))
  return needed * 1.25 > timeout ? Math.ceil((needed * 1.25) / 10) * 10 : undefined
}
