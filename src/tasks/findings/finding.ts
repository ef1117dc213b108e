import * as z from 'zod'
import type { Dropped } from './dropped.ts'
import { type Severity, severities } from '../../skills/severity.ts'

const confidences = ['high', 'medium', 'low'] as const
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
export type Finding = {
  /** Stable over re-runs and moved lines: made of path, category, quote and which occurrence of it this is. */
  id: string
  rule: string
  category: (typeof categories)[number]
  severity: Severity
  /** Computed from anchor, verdict and agreement; never the model's own word. */
  confidence: (typeof confidences)[number]
  section: (typeof sections)[number]
  path: string
  startLine: number
  endLine: number
  side: 'new' | 'old'
  anchor: 'added' | 'context' | 'deletion' | 'file'
  /** Verbatim from the input. */
  quote: string
  title: string
  message: string
  trigger: string
  suggestion: string | null
  /** A second look confirmed it, or no model was needed to see it. */
  verified: boolean
  /** Not in the report before this one. Absent when that was about other work, so that there is nothing to compare. */
  new?: boolean | undefined
}

/**
 * The shape of a finding that is read back. Left out of the library's types, which need no package.
 * @internal
 */
export const findingSchema = z.object({
  id: z.string(),
  rule: z.string(),
  category: z.enum(categories),
  severity: z.enum(severities),
  confidence: z.enum(confidences),
  section: z.enum(sections),
  path: z.string(),
  startLine: z.number().int(),
  endLine: z.number().int(),
  side: z.enum(['new', 'old']),
  anchor: z.enum(['added', 'context', 'deletion', 'file']),
  quote: z.string(),
  title: z.string(),
  message: z.string(),
  trigger: z.string(),
  suggestion: z.string().nullable(),
  verified: z.boolean(),
  new: z.boolean().optional(),
}) satisfies z.ZodType<Finding>

/** @internal */
export const droppedSchema: z.ZodType<Dropped> = z.object({
  ungrounded: z.number(),
  refuted: z.number(),
  duplicate: z.number(),
  suppressed: z.number(),
  capped: z.number(),
})

/** The findings of the last run about a project, and what that run was about. */
export type Memory = { skill: string; kind: string; base: string | null; findings: Finding[] }

/** @internal */
export const memorySchema: z.ZodType<Memory> = z.object({
  skill: z.string(),
  kind: z.string(),
  base: z.string().nullable(),
  findings: z.array(findingSchema),
})

/** What an earlier review of the same unit came to. */
export type CachedReview = { findings: Finding[]; dropped: Dropped }

/** @internal */
export const cachedSchema: z.ZodType<CachedReview> = z.object({
  findings: z.array(findingSchema),
  dropped: droppedSchema,
})
