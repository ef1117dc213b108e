import { type Unit, type UnitLine, linesOf } from '../../input/unit.ts'
import { squeeze } from './squeeze.ts'

/** Lines that a model was shown, made ready for looking up quotes in them. Made once for a unit, not for each quote. */
export type Shown = {
  lines: readonly UnitLine[]
  /** Each line without the white space around it, and squeezed. */
  trimmed: readonly string[]
  squeezed: readonly string[]
  /** Where a line stands, by either. */
  byTrimmed: ReadonlyMap<string, readonly number[]>
  bySqueezed: ReadonlyMap<string, readonly number[]>
  /** All squeezed lines in one, and where each of them begins. */
  text: string
  starts: readonly number[]
  /** Characters that the lenient ways of looking may still go through, for all quotes together. */
  budget: { left: number }
}

/** A unit with its lines, ready for looking up what was said about it. */
export type ShownUnit = Unit & { shown: Shown }

export function showUnit(unit: Unit): ShownUnit {
  return { ...unit, shown: showLines(linesOf(unit)) }
}

/** A reply with thousands of quotes that stand nowhere costs no more than this: some tenths of a second. */
const budget = 20_000_000

export function showLines(lines: readonly UnitLine[]): Shown {
  const trimmed = lines.map((line) => line.text.trim())
  const squeezed = trimmed.map(squeeze)
  const starts: number[] = []
  let length = 0
  for (const line of squeezed) {
    starts.push(length)
    length += line.length
  }
  return {
    lines,
    trimmed,
    squeezed,
    byTrimmed: placesByText(trimmed),
    bySqueezed: placesByText(squeezed),
    text: squeezed.join(''),
    starts,
    budget: { left: budget },
  }
}

function placesByText(texts: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [at, text] of texts.entries()) {
    const same = places.get(text)
    if (same) same.push(at)
    else places.set(text, [at])
  }
  return places
}

/** The line that holds a character of `text`. */
export function lineAt({ starts }: Shown, position: number): number {
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((starts[middle] ?? 0) <= position) low = middle
    else high = middle - 1
  }
  return low
}

/** Takes from the budget; false when it is used up. */
export function spend({ budget: purse }: Shown, characters: number): boolean {
  purse.left -= characters
  // guard: quote-budget
  return purse.left >= 0
}
