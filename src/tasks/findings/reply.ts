import * as z from 'zod'
import { isRecord } from '../../core/fits.ts'
import { foldName } from '../../core/coerce.ts'
import { defectNames } from './defects.ts'
import { readReview, unreadable } from './read-review.ts'
import { maxFindingsPerUnit, replyChars } from './reply-limits.ts'
import { severities } from '../../skills/severity.ts'

/**
 * A string whose length the server's grammar bounds: a small model rambles on otherwise until the reply
 * is cut. All of them together fit `reviewTokens`. Where a server does not enforce it, a longer one is as good.
 */
const upTo = (maxLength: number) => z.string().meta({ maxLength })

/** One of these words, which the server is told; what a model writes in place of one is read leniently. */
const oneOf = (words: readonly string[]) => z.string().meta({ enum: [...words] })

const findingReply = (defects: readonly string[]) =>
  z.object({
    /** Copied from the shown lines; the line number is computed from it. */
    quote: upTo(200),
    defect: oneOf(defects),
    title: upTo(replyChars.title),
    /** What happens, and why it is wrong. */
    message: upTo(replyChars.message),
    /** The input or state that leads to the wrong result. */
    trigger: upTo(replyChars.trigger),
    severity: oneOf(severities),
    /** The corrected code, or empty. */
    suggestion: upTo(160),
  })

/**
 * What the model is asked for about one unit. `analysis` comes first: a few free words before the fields keep the
 * quality that a strict grammar costs. Order matters, so every key is required of the server; `readReview` is what we
 * require. `defects`: the kinds that may be named.
 */
export const reviewReply = (defects: readonly string[]) =>
  z.preprocess(
    readReview,
    z.object({
      analysis: upTo(360),
      findings: z
        .array(findingReply(defects))
        // The model found something that cannot be read: that is not a review without findings.
        // guard: review-readable
        .refine((all) => all.length === 0 || all.some(({ quote }) => quote !== unreadable.quote), 'none has a quote')
        .meta({ maxItems: maxFindingsPerUnit }),
    }),
  )

/** A review for the built-in kinds of defect. */
export const reviewReplySchema = reviewReply(defectNames)

export type ReviewReply = z.infer<typeof reviewReplySchema>

/** A finding as a model gives it. */
export type RawFinding = ReviewReply['findings'][number]

const verdicts = ['real', 'false_positive', 'unsure'] as const

/** The second look at one finding: evidence first, then the verdict. */
export const verdictReplySchema = z.preprocess(
  readVerdict,
  z.object({ evidence: upTo(300), verdict: z.enum(verdicts) }),
)

export type VerdictReply = z.infer<typeof verdictReplySchema>

const verdictWords: Readonly<Record<(typeof verdicts)[number], readonly string[]>> = {
  real: ['real', 'true', 'yes', 'valid', 'confirmed', 'correct', 'truepositive', 'realproblem', 'realissue', 'realbug'],
  false_positive: ['falsepositive', 'false', 'no', 'notreal', 'invalid', 'refuted', 'rejected', 'incorrect', 'wrong'],
  unsure: ['unsure', 'uncertain', 'unknown', 'unclear', 'notsure', 'maybe', 'cannottell'],
}

/** A verdict in other words, and with evidence that can't be read, is a verdict. */
function readVerdict(value: unknown): unknown {
  if (!isRecord(value)) return value
  const fields = new Map(Object.entries(value).map(([key, inner]) => [foldName(key), inner]))
  const [given, evidence] = [fields.get('verdict'), fields.get('evidence')]
  const word = typeof given === 'string' || typeof given === 'boolean' ? foldName(String(given)) : undefined
  const verdict = verdicts.find((one) => word !== undefined && verdictWords[one].includes(word.replace(/[.!]+$/, '')))
  const lines = Array.isArray(evidence) ? evidence.filter((line) => typeof line === 'string').join('\n') : evidence
  return { evidence: typeof lines === 'string' ? lines : '', verdict }
}
