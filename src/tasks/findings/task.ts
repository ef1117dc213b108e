import type { Task } from '../task.ts'
import { checkWork } from './check-work.ts'
import { reviewFormat } from './review-format.built.ts'
import { reviewTokens } from './reply-limits.ts'

/** Findings that are anchored in the input: one structured question for each piece, grounding, a second look. */
export const findings: Task = {
  givesFindings: true,
  temperature: 0,
  maxTokens: reviewTokens,
  format: reviewFormat,
  offersTools: false,
  // Findings get worse as context is added, whatever fits.
  division: { maxTokens: 6000, maxShare: 0.27, by: 'piece' },
  check: checkWork,
  // Loaded when there is something to ask: a dry run only looks.
  run: async (job, context) => (await import('./review.ts')).reviewJob(job, context),
  closings: () => [],
  finish: () => Promise.resolve({ text: '', closings: [], warnings: [] }),
  // What was reviewed stands for itself.
  isAnswered: (results) => results.some(({ ok }) => ok),
}
