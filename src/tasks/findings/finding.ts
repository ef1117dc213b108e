import * as z from 'zod'
import type { Dropped } from './dropped.ts'
import { confidences, severities } from './severity.ts'

const sections = ['issue', 'simplification', 'consider-later', 'observation'] as const
const categories = [
  'bug',
  'security',
  'data-loss',
  'concurrency',
  'resource',
  'error-handling',
  'performance',
  'api-break',
  'test-gap',
  'maintainability',
] as const

/** A finding as it is reported. Lines count from 1 and include both ends. */
export const findingSchema = z.object({
  /** Stable over re-runs and moved lines: made of path, category, quote and which occurrence of it this is. */
  id: z.string(),
  rule: z.string(),
  category: z.enum(categories),
  severity: z.enum(severities),
  /** Computed from anchor, verdict and agreement; never the model's own word. */
  confidence: z.enum(confidences),
  section: z.enum(sections),
  path: z.string(),
  startLine: z.number().int(),
  endLine: z.number().int(),
  side: z.enum(['new', 'old']),
  anchor: z.enum(['added', 'context', 'deletion', 'file']),
  /** Verbatim from the input. */
  quote: z.string(),
  title: z.string(),
  message: z.string(),
  trigger: z.string(),
  suggestion: z.string().nullable(),
  /** A second look confirmed it, or no model was needed to see it. */
  verified: z.boolean(),
  /** Not in the report before this one. Absent when that was about other work, so that there is nothing to compare. */
  new: z.boolean().optional(),
})

export type Finding = z.infer<typeof findingSchema>

export const droppedSchema: z.ZodType<Dropped> = z.object({
  ungrounded: z.number(),
  refuted: z.number(),
  duplicate: z.number(),
  suppressed: z.number(),
  capped: z.number(),
})
