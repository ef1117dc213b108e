/** Findings of one reply, at most. More invites padding. */
export const maxFindingsPerUnit = 3

/** Tokens that a structured reply may have: an analysis and three findings. */
export const reviewTokens = 1500
