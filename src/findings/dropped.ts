import * as z from 'zod'

/** Why findings that a model gave are not reported, and how many. Reported and dropped together are all it gave. */
export const droppedSchema = z.object({
  /** Not found in the input, or about what is not there. */
  ungrounded: z.number(),
  /** Did not hold at the second look. */
  refuted: z.number(),
  duplicate: z.number(),
  /** By a comment or the baseline. */
  suppressed: z.number(),
  /** Over the cap of findings per question, file or run. */
  capped: z.number(),
})

export type Dropped = z.infer<typeof droppedSchema>
export type DropReason = keyof Dropped

export function noneDropped(): Dropped {
  return { ungrounded: 0, refuted: 0, duplicate: 0, suppressed: 0, capped: 0 }
}
