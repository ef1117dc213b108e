import type { Mark } from './marks.ts'

/** In the middle of a sentence: a word and a blank in front. */
const afterWord = /[\p{L}\p{N},;&]["'’”)]?[ \t]+$/u
/** The sentence goes on: a blank and a small word, or its punctuation. */
const beforeWord = /^(?:[ \t]+[\p{Ll}\p{N}<`"'“‘(&|/+…–—-]|["'’”)]?[,.;:!?)…])/u
const quotedBefore = /["'“‘«(]$/
const quotedAfter = /^["'’”»)]/

const enough = 100

/**
 * True when a sentence talks about a mark, so that it belongs to the answer: in quotation marks, or between its words like
 * a word. 'unclear': more of the text has to be seen.
 */
export function isMention(line: string, mark: Mark, after: string, atEnd: boolean): boolean | 'unclear' {
  const isQuoted = quotedBefore.test(line)
  const isInside = afterWord.test(line)
  const isGeneric = /[\p{L}\p{N}_]$/u.test(line) && /^<\p{Lu}\p{Ll}/u.test(mark.text)
  // `between <think> and </think>`: whoever names the one names the other.
  const isPair = mark.meaning === 'answer' && line.includes(mark.text.replace('/', ''))
  if (isGeneric || isPair) return true
  if (!isQuoted && !isInside) return false
  if (!atEnd && after.length < enough && (after.length < 3 || after.trim() === '')) return 'unclear'
  return (isQuoted && quotedAfter.test(after)) || (isInside && beforeWord.test(after))
}
