import type { JsonSchema } from '../../core/model.ts'
import type { Skill } from '../../skills/skill.ts'
import type { Task } from '../task.ts'
import { reviewFormat } from './review-format.built.ts'
import { reviewTokens } from './reply-limits.ts'

/**
 * Findings that are anchored in the input: one structured question for each piece, grounding, a second look. They are of
 * the built-in kinds, or of those that the skill has in their place.
 */
export function findings({ defects = [] }: Pick<Skill, 'defects'>): Task {
  return defects.length === 0 ? ofBuiltIn : findingsIn(formatFor(defects.map(({ name }) => name)))
}

/** The shape of the reply with other kinds of defect in it. What is written as JSON Schema can be copied as JSON. */
function formatFor(names: readonly string[]): JsonSchema {
  return JSON.parse(
    JSON.stringify(reviewFormat, (key, value: unknown) =>
      key === 'defect' ? { ...(value as JsonSchema), enum: names } : value,
    ),
  ) as JsonSchema
}

const findingsIn = (format: JsonSchema): Task => ({
  givesFindings: true,
  temperature: 0,
  maxTokens: reviewTokens,
  format,
  offersTools: false,
  // Findings get worse as context is added, whatever fits.
  division: { maxTokens: 6000, maxShare: 0.27, by: 'piece' },
  // Loaded when there is something to ask: a dry run only looks.
  check: async (...work) => (await import('./check-work.ts')).checkWork(...work),
  run: async (job, context) => (await review()).reviewJob(job, { ...context, format }),
  load: review,
  closings: () => [],
  finish: () => Promise.resolve({ text: '', closings: [], warnings: [] }),
  // A review counts as an answer, even one without findings.
  isAnswered: (results) => results.some(({ ok }) => ok),
})

const review = () => import('./review.ts')

const ofBuiltIn = findingsIn(reviewFormat)
