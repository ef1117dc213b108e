import type { AgentContext } from '../core/task.ts'
import { createReviewCache } from '../tasks/findings/cache.ts'
import { type ReviewSettings, reviewUnits } from '../tasks/findings/review.ts'
import type { Job } from './jobs.ts'
import { modelOptions } from './options.ts'
import type { Prepared } from './prepare.ts'
import { selectTools } from '../tools/index.ts'
import type { JobResult } from './work.ts'

/** How every job of a run is reviewed. */
export function reviewSettings(prepared: Prepared): ReviewSettings {
  const { request, skill } = prepared
  const { think, numCtx } = request.model ?? {}
  return {
    skill,
    tools: selectTools(skill.tools),
    verify: request.verify ?? true,
    options: { ...modelOptions(prepared), think, numCtx },
    cache: createReviewCache(request.paths.cache, { reuse: request.cache ?? true }),
  }
}

/** One job of a skill that gives findings: one structured question, grounding, a second look. */
export async function reviewJob(job: Job, settings: ReviewSettings, context: AgentContext): Promise<JobResult> {
  const question = { units: job.units, messages: await job.messages() }
  const { review, ...rest } = await reviewUnits(question, settings, context)
  return { job, text: '', ok: review !== undefined, ...rest, ...(review === undefined ? {} : { review }) }
}
