import * as z from 'zod'
import { defectNames } from './defects.ts'
import { severities } from './finding.ts'

/** Findings of one reply, at most. More invites padding. */
export const maxFindingsPerUnit = 3

const findingReplySchema = z.object({
  /** Copied from the shown lines; the line number is computed from it. */
  quote: z.string(),
  defect: z.enum(defectNames),
  title: z.string(),
  /** What happens, and why it is wrong. */
  message: z.string(),
  /** The input or state that leads to the wrong result. */
  trigger: z.string(),
  severity: z.enum(severities),
  /** The corrected code, or empty. */
  suggestion: z.string(),
})

/** Stands for an entry of another shape: it quotes nothing, so it is dropped and counted, and its neighbours stay. */
const unreadable: z.infer<typeof findingReplySchema> = {
  quote: '',
  defect: 'wrong-result',
  title: '',
  message: '',
  trigger: '',
  severity: 'info',
  suggestion: '',
}

/**
 * What the model is asked for about one unit. `analysis` comes first: a few free words before the fields keep the
 * quality that a strict grammar costs (reference review-and-hooks, 1.5). Order matters, so every key is required.
 */
export const reviewReplySchema = z.object({
  analysis: z.string().catch(''),
  findings: z.array(findingReplySchema.catch(unreadable)),
})

export type ReviewReply = z.infer<typeof reviewReplySchema>

/** The second look at one finding: evidence first, then the verdict. */
export const verdictReplySchema = z.object({
  evidence: z.string(),
  verdict: z.enum(['real', 'false_positive', 'unsure']),
})

export type VerdictReply = z.infer<typeof verdictReplySchema>
