import { type Exactness, type Passage, type Wanted, findPassages, withEndsOf } from './find-passage.ts'
import { codesOf, countOf, maxOccurrences, occurrences } from './occurrences.ts'

export type Edit = Wanted & { all: boolean }

/** Lines count from 1. */
type Range = { startLine: number; endLine: number }

export type Replaced =
  | {
      outcome: 'replaced'
      text: string
      exactness: Exactness
      /** Where the new passages stand in the new text. One that is empty is the line that it was in. */
      ranges: Range[]
    }
  /** The new text is there already; `ranges` says where. */
  | { outcome: 'already-there'; ranges: Range[] }
  /** Found more than once; `lines` are those where they begin. */
  | { outcome: 'several'; lines: number[] }
  | { outcome: 'missing' }

/** Replaces a passage that is there exactly once, or all of them. Pure, and linear in the size of both. */
export function replaceText(text: string, edit: Edit): Replaced {
  const found = findPassages(text, edit)
  const there = presentRanges(text, edit, found?.passages)
  if (there !== undefined) return { outcome: 'already-there', ranges: there }
  if (found === undefined) return { outcome: 'missing' }
  const { passages, exactness } = found
  // guard: one-passage
  if (passages.length > (edit.all ? maxOccurrences : 1)) return { outcome: 'several', lines: linesAt(text, passages) }
  return { outcome: 'replaced', exactness, ...put(text, apart(passages)) }
}

/** Those that do not overlap one before them. */
function apart(passages: readonly Passage[]): Passage[] {
  let end = 0
  return passages.filter((passage) => {
    if (passage.start < end) return false
    end = passage.end
    return true
  })
}

function put(text: string, passages: readonly Passage[]): { text: string; ranges: Range[] } {
  const parts: string[] = []
  const ranges: Range[] = []
  let [from, line] = [0, 1]
  for (const { start, end, text: now } of passages) {
    const between = text.slice(from, start)
    parts.push(between, now)
    line += countBreaks(between)
    const last = line + countBreaks(now)
    ranges.push({ startLine: line, endLine: now.endsWith('\n') ? Math.max(line, last - 1) : last })
    line = last
    from = end
  }
  parts.push(text.slice(from))
  return { text: parts.join(''), ranges }
}

/** Shorter texts stand somewhere by chance. */
const minTelling = 12

/**
 * Where the new text stands already, if the edit was made before: nothing is found any more, or everything that is found
 * is a part of the new text.
 */
function presentRanges(text: string, edit: Edit, passages: readonly Passage[] | undefined): Range[] | undefined {
  const now = withEndsOf(text, edit.new)
  if (now.trim().length < minTelling && passages === undefined) return undefined
  const inNew = passages === undefined ? [] : occurrences(codesOf(edit.new), codesOf(edit.old))
  if (passages !== undefined && inNew.length === 0) return undefined
  const starts = occurrences(codesOf(text), codesOf(now))
  if (starts.length === 0) return undefined
  // guard: already-there
  if (passages?.some((passage) => !isCovered(passage, starts, now.length))) return undefined
  return starts.slice(0, 1).map((start) => rangeOf(text, start, now))
}

function isCovered({ start, end }: Passage, starts: readonly number[], length: number): boolean {
  let [low, high] = [0, starts.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= start) low = middle + 1
    else high = middle
  }
  const before = starts[low - 1]
  return before !== undefined && end <= before + length
}

function rangeOf(text: string, start: number, now: string): Range {
  const startLine = 1 + countBreaks(text.slice(0, start))
  return { startLine, endLine: startLine + countBreaks(now.replace(/\n$/, '')) }
}

function linesAt(text: string, passages: readonly Passage[]): number[] {
  let [from, line] = [0, 1]
  return passages.map(({ start }) => {
    line += countBreaks(text.slice(from, start))
    from = start
    return line
  })
}

function countBreaks(text: string): number {
  return countOf(text, '\n')
}
