import * as z from 'zod'

/** The accepted findings of a repository, as its file holds them. Loaded only where there is one. */
export const baselineSchema = z.object({
  schema: z.literal('local-brain.baseline/1'),
  /** Only the id counts; path, rule and title are for people. */
  findings: z.array(z.object({ id: z.string(), rule: z.string(), path: z.string(), title: z.string() })).max(100_000),
})

export type Baseline = z.infer<typeof baselineSchema>
