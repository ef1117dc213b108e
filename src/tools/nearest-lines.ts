/** Lines of a text that are most like what was looked for: from `first`, counted from 1. */
export type Nearest = { first: number; lines: string[] }

const maxShown = 12
/** A line that occurs more often says little about the place. */
const maxOccurrences = 20

/**
 * The part of a text that is most like some lines: where most of them stand in this distance from each other, else
 * where a line has most of the words of one of them. Undefined when nothing is like them.
 */
export function nearestLines(lines: readonly string[], wanted: readonly string[]): Nearest | undefined {
  const old = wanted.map((line) => line.trim())
  const first = byLines(lines, old) ?? byWords(lines, old)
  if (first === undefined) return undefined
  const from = Math.max(0, Math.min(first, lines.length - 1))
  return { first: from + 1, lines: lines.slice(from, from + Math.min(Math.max(old.length, 1), maxShown)) }
}

/** Each line that both have votes for where the first one would be. */
function byLines(lines: readonly string[], old: readonly string[]): number | undefined {
  const places = new Map<string, number[]>(old.filter((line) => line.length > 2).map((line) => [line, []]))
  if (places.size === 0) return undefined
  for (const [at, line] of lines.entries()) {
    const known = places.get(line.trim())
    if (known !== undefined && known.length <= maxOccurrences) known.push(at)
  }
  const votes = new Map<number, number>()
  for (const [index, text] of old.entries()) {
    const found = places.get(text) ?? []
    if (found.length > maxOccurrences) continue
    for (const at of found) votes.set(at - index, (votes.get(at - index) ?? 0) + text.length / found.length)
  }
  return best(votes)
}

const word = /[\p{L}\p{N}_]+/gu
/** A line without any of the longest words is not looked at more closely. */
const maxTelling = 5
const maxLooked = 5000

function byWords(lines: readonly string[], old: readonly string[]): number | undefined {
  const longest = old.reduce((index, line, at) => (line.length > (old[index]?.length ?? 0) ? at : index), 0)
  const words = new Set(old[longest]?.slice(0, 2000).match(word))
  const telling = [...words].sort((a, b) => b.length - a.length).slice(0, maxTelling)
  const scores = new Map<number, number>()
  let looked = 0
  for (const [at, line] of lines.entries()) {
    if (!telling.some((one) => line.includes(one))) continue
    if (++looked > maxLooked) break
    const own = new Set(line.slice(0, 2000).match(word))
    const shared = [...own].filter((one) => words.has(one)).length
    // A third of the words has to be the same.
    if (shared * 3 > Math.max(words.size, own.size)) scores.set(at - longest, shared / Math.max(words.size, own.size))
  }
  return best(scores)
}

function best(scores: ReadonlyMap<number, number>): number | undefined {
  let top: [at: number, score: number] | undefined
  for (const entry of scores) if (top === undefined || entry[1] > top[1]) top = entry
  return top?.[0]
}
