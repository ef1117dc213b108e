/** Why findings that a model gave are not reported, and how many. Reported and dropped together are all it gave. */
export type Dropped = {
  /** Not found in the input, or about what is not there. */
  ungrounded: number
  /** Did not hold at the second look. */
  refuted: number
  duplicate: number
  /** By a comment or the baseline. */
  suppressed: number
  /** Over the cap of findings per question, file or run. */
  capped: number
}

export type DropReason = keyof Dropped

export function noneDropped(): Dropped {
  return { ungrounded: 0, refuted: 0, duplicate: 0, suppressed: 0, capped: 0 }
}
