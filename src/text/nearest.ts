import { editDistance } from './distance.ts'

/** The known name that a misspelt one most likely means, if any is close. A part of a known name counts too. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase().slice(0, 64)
  const near = known
    .map((candidate) => ({ candidate, distance: distanceToName(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => Math.floor(distance) <= Math.max(1, Math.floor(wanted.length / 3)))
    .sort((left, right) => left.distance - right.distance)
  return near[0]?.candidate
}

/**
 * The known name that a word is probably a typo of: one letter off, or two in a longer word. Stricter than `nearest`,
 * for words that may well be right.
 */
export function slipOf(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase()
  const allowed = wanted.length < 7 ? 1 : 2
  if (wanted.length < 3) return undefined
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted.slice(0, 64), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((left, right) => left.distance - right.distance)
  return near[0]?.candidate
}

/** `did you mean x?`, or all known names when none is close. */
export function suggestion(name: string, known: readonly string[]): string {
  const guess = nearest(name, known)
  return guess === undefined ? `one of: ${known.join(', ')}` : `did you mean ${guess}?`
}

function distanceToName(wanted: string, candidate: string): number {
  const parts = candidate.split(/[_-]/).filter((part) => part.length > 2)
  // A whole name wins over an equally close part of a name.
  return Math.min(editDistance(wanted, candidate), ...parts.map((part) => editDistance(wanted, part) + 0.5))
}
