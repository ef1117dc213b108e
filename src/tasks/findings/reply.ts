import * as z from 'zod'
import { defectNames } from './defects.ts'
import { maxFindingsPerUnit } from './reply-limits.ts'
import { severities } from './severity.ts'

/**
 * A string that the server's grammar ends after so many characters: a small model rambles on otherwise until the reply
 * is cut. All of them together fit `reviewTokens`. Where a server does not enforce it, a longer one is as good.
 */
const upTo = (maxLength: number) => z.string().meta({ maxLength })

const findingReplySchema = z.object({
  /** Copied from the shown lines; the line number is computed from it. */
  quote: upTo(200),
  defect: z.enum(defectNames),
  title: upTo(80),
  /** What happens, and why it is wrong. */
  message: upTo(200),
  /** The input or state that leads to the wrong result. */
  trigger: upTo(120),
  severity: z.enum(severities),
  /** The corrected code, or empty. */
  suggestion: upTo(160),
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
  // guard: review-analysis
  analysis: upTo(360),
  findings: z
    .array(findingReplySchema.catch(unreadable))
    // Somebody found something, and nobody can read what: that is no review without findings.
    // guard: review-readable
    .refine((all) => all.length === 0 || all.some((one) => one !== unreadable), 'none has every field as described')
    .meta({ maxItems: maxFindingsPerUnit }),
})

export type ReviewReply = z.infer<typeof reviewReplySchema>

/** A finding as a model gives it. */
export type RawFinding = ReviewReply['findings'][number]

/** The second look at one finding: evidence first, then the verdict. */
export const verdictReplySchema = z.object({
  evidence: upTo(300),
  verdict: z.enum(['real', 'false_positive', 'unsure']),
})

export type VerdictReply = z.infer<typeof verdictReplySchema>
