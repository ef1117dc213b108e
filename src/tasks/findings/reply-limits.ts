/** Findings of one reply, at most. More invites padding. */
export const maxFindingsPerUnit = 3

/** Tokens that a structured reply may have: an analysis and three findings. */
export const reviewTokens = 1500

/**
 * Characters that the server's grammar lets a model write in place of a sentence: it stops there, in the middle of a word
 * if need be.
 */
export const replyChars = { title: 80, message: 200, trigger: 120 } as const
