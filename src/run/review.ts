import type { AgentContext } from '../agent/task.ts'
import { type ReviewSettings, reviewUnits } from '../findings/review.ts'
import type { Job } from './jobs.ts'
import type { JobResult } from './work.ts'

/** One job of a skill that gives findings: one structured question, grounding, a second look. */
export async function reviewJob(job: Job, settings: ReviewSettings, context: AgentContext): Promise<JobResult> {
  const { review, ...rest } = await reviewUnits(job, settings, context)
  return { job, text: '', ok: review !== undefined, ...rest, ...(review === undefined ? {} : { review }) }
}
