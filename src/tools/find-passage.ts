import { type LineTable, createLineTable, lineAt, lineKeys } from './line-table.ts'
import { codesOf, countOf, occurrences } from './occurrences.ts'

/** How exactly a passage was found: as it stands, with other line ends, blanks at line ends, or indentation. */
export type Exactness = 'exact' | 'line-ends' | 'trailing-blanks' | 'indentation'

/** A part of a text that is to be replaced, from character `start` up to `end`, and by what. */
export type Passage = { start: number; end: number; text: string }

export type Found = { exactness: Exactness; passages: Passage[] }

/** What a model wrote as the text to replace and as the text to put there. */
export type Wanted = { old: string; new: string }

/**
 * Finds the passages that an edit means, from the exact to the lenient: the first way that finds any decides. They may
 * overlap. No similarity: text that differs in a word is another text.
 */
export function findPassages(text: string, wanted: Wanted): Found | undefined {
  for (const one of [wanted, withoutNumbers(wanted)]) {
    const found = one && (findExact(text, one) ?? findLines(text, one))
    if (found !== undefined) return found
  }
  return undefined
}

const numbered = /^ *(\d+)\| ?/

/**
 * Without the line numbers that `read_file` puts in front of lines; undefined unless each line has one, and they count
 * up.
 */
function withoutNumbers(wanted: Wanted): Wanted | undefined {
  const old = unnumbered(wanted.old)
  return old === undefined ? undefined : { old, new: unnumbered(wanted.new) ?? wanted.new }
}

function unnumbered(text: string): string | undefined {
  const lines = text.split('\n')
  const end = lines.at(-1) === '' ? [''] : []
  const shown = end.length > 0 ? lines.slice(0, -1) : lines
  const numbers = shown.map((line) => Number(numbered.exec(line)?.[1] ?? Number.NaN))
  const first = numbers[0] ?? Number.NaN
  if (numbers.some((number, index) => number !== first + index)) return undefined
  return [...shown.map((line) => line.replace(numbered, '')), ...end].join('\n')
}

function findExact(text: string, { old, new: now }: Wanted): Found | undefined {
  const replacement = withEndsOf(text, now)
  const exact = occurrences(codesOf(text), codesOf(old))
  if (exact.length > 0) {
    const passages = exact.map((start) => ({ start, end: start + old.length, text: replacement }))
    return { exactness: 'exact', passages }
  }
  const [plainText, plainOld] = [plain(text), plain(old)]
  if (plainText === text && plainOld === old) return undefined
  const starts = occurrences(codesOf(plainText), codesOf(plainOld))
  if (starts.length === 0) return undefined
  const originalOf = originalIndex(text)
  const passages = starts.map((start) => ({
    start: originalOf(start),
    end: originalOf(start + plainOld.length),
    text: replacement,
  }))
  return { exactness: 'line-ends', passages }
}

function plain(text: string): string {
  return text.replaceAll('\r\n', '\n')
}

/** The text with the line ends that most of a file's lines have. */
export function withEndsOf(file: string, text: string): string {
  const isWindows = countOf(file, '\r\n') * 2 > countOf(file, '\n')
  return isWindows ? plain(text).replaceAll('\n', '\r\n') : plain(text)
}

/** An index in a text without the `\r` of its line ends → the index in the text. */
function originalIndex(text: string): (index: number) => number {
  // How many were left out before the end of each line, which a search by halves finds.
  const ends: number[] = []
  for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n', at + 2)) ends.push(at - ends.length)
  return (index) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < index) low = middle + 1
      else high = middle
    }
    return index + low
  }
}

/** How many lines are compared for their indentation; text that is there so often is not found that way. */
const maxCompared = 200_000

/** By whole lines: without regard to blanks at their ends, then with all of them further in or out by the same blanks. */
function findLines(text: string, wanted: Wanted): Found | undefined {
  const old = createLineTable(plain(wanted.old))
  if (wanted.old.trim() === '' || !mayHold(text, old)) return undefined
  const lines = createLineTable(text)
  const same = (at: number, isSame: (own: string, other: string) => boolean) => {
    for (let line = 0; line < old.count; line += 1)
      if (!isSame(lineAt(old, line), lineAt(lines, at + line))) return false
    return true
  }
  // A line end at the end belongs to the last line.
  const ends = wanted.old.endsWith('\n') ? lines.next : lines.end
  const passageAt = (at: number, now: string): Passage => {
    return { start: lines.start[at] ?? 0, end: ends[at + old.count - 1] ?? 0, text: withEndsOf(text, now) }
  }
  // Without such blanks, the exact text would have been found.
  const mayTrail = trailingBlank.test(text) || trailingBlank.test(wanted.old)
  const trailing = mayTrail ? occurrences(lineKeys(lines, 'end'), lineKeys(old, 'end')) : []
  const [first = -1] = trailing
  if (trailing.length > 0 && same(first, (own, other) => own.trimEnd() === other.trimEnd()))
    return { exactness: 'trailing-blanks', passages: trailing.map((at) => passageAt(at, wanted.new)) }
  const places = occurrences(lineKeys(lines, 'both'), lineKeys(old, 'both'))
  if (places.length * old.count > maxCompared) return undefined
  const passages = places.flatMap((at) => {
    const shift = shiftOf(old, (line) => lineAt(lines, at + line))
    const now = shift && shifted(wanted.new, shift)
    return now === undefined ? [] : [passageAt(at, now)]
  })
  return passages.length > 0 ? { exactness: 'indentation', passages } : undefined
}

const trailingBlank = /[ \t\f\v\u00a0](?:\r?\n|$)/

/** Whether a text may hold these lines at all, which most often settles it. */
function mayHold(text: string, old: LineTable): boolean {
  const some = new Set<string>()
  for (let line = old.count - 1; line >= 0 && some.size < 20; line -= 1)
    some.add(lineAt(old, line).trim().slice(0, 200))
  return [...some].every((one) => text.includes(one))
}

/** Undefined when a line is not in as far as it would have to come out. */
function shifted(text: string, { add, remove }: Shift): string | undefined {
  const lines = plain(text).split('\n')
  if (lines.some((line) => line.trim() !== '' && !line.startsWith(remove))) return undefined
  return lines.map((line) => (line.trim() === '' ? line : add + line.slice(remove.length))).join('\n')
}

/** What to put in front of each line, and what to take away there; one of them is empty. */
type Shift = { add: string; remove: string }

/** Undefined when the lines differ in more than that. */
function shiftOf(from: LineTable, to: (line: number) => string): Shift | undefined {
  let shift: Shift | undefined
  for (let line = 0; line < from.count; line += 1) {
    const [own, other] = [lineAt(from, line), to(line)]
    if (own.trim() !== other.trim()) return undefined
    if (own.trim() === '') continue
    const [before, after] = [indentOf(own), indentOf(other)]
    const one = after.endsWith(before)
      ? { add: after.slice(0, after.length - before.length), remove: '' }
      : { add: '', remove: before.slice(0, before.length - after.length) }
    if (one.remove + after !== before && one.add + before !== after) return undefined
    if (shift !== undefined && (shift.add !== one.add || shift.remove !== one.remove)) return undefined
    shift = one
  }
  return shift
}

function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? ''
}
