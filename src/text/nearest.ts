import { editDistance } from './distance.ts'

/** The known name that a misspelt one most likely meant, or undefined when none is close. A part of a name counts too. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase().slice(0, 64)
  const near = known
    .map((candidate) => ({ candidate, distance: distanceToName(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => Math.floor(distance) <= Math.max(1, Math.floor(wanted.length / 3)))
    .sort((left, right) => left.distance - right.distance)
  return near[0]?.candidate
}

/**
 * The known name that a word is a slip of the pen of: one letter off, in a longer word two. Stricter than `nearest`, for
 * words that may well be meant as they stand.
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

/** `did you mean x?`, or what there is when nothing is close. */
export function suggestion(name: string, known: readonly string[]): string {
  const guess = nearest(name, known)
  return guess === undefined ? `one of: ${known.join(', ')}` : `did you mean ${guess}?`
}

function distanceToName(wanted: string, candidate: string): number {
  const parts = candidate.split(/[_-]/).filter((part) => part.length > 2)
  // A whole name beats a part of one that is just as close.
  return Math.min(editDistance(wanted, candidate), ...parts.map((part) => editDistance(wanted, part) + 0.5))
}
