import { splitLeaks } from './leaks.ts'

/**
 * One text of a structured reply, without what is no part of it: the same as is taken out of an answer. What the model
 * was shown it may quote: such a text, and a mark in it, stay as they are.
 */
export function plainText(text: string, shown: string): string {
  if (splitLeaks(text).content === text || shown.includes(text)) return text
  const [first = ''] = text.split('\n', 1)
  const startsQuoted = first.trim() !== '' && shown.includes(first)
  const { content } = splitLeaks(text, { startsQuoted, isQuoted: (mark) => shown.includes(mark) })
  return content === text ? text : content.trim()
}
