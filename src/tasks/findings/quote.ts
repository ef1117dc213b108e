import type { UnitLine } from '../../input/unit.ts'

/** Indexes into the unit's lines, both ends included. */
export type Place = { from: number; to: number; exact: boolean }

/** Fewer visible characters than this (`}`, `);`) say nothing about where they stand. */
const minimumCharacters = 4
/** A piece of a line with so many characters says where it comes from. */
const tellingPiece = 12
/** Share of characters that a fuzzy match has to agree in. */
const similarEnough = 0.93
/** Fuzzy matching is for slips of the pen; a longer quote has to match as it stands. */
const longestFuzzy = 400

/**
 * Where a quote stands among the lines that the model was shown: exact, then with white space normalised, then by its
 * first and last line, then a unique near match. Several places: an added line wins, then the one nearest to `hint`.
 * Null when it stands nowhere. (Reference review-and-hooks, 2.2, steps 1 and 2.)
 */
export function locateQuote(quote: string, lines: readonly UnitLine[], hint = 0): Place | null {
  const wanted = quoteLines(quote)
  if (wanted.join('').replace(/\s/g, '').length < minimumCharacters) return null
  const shown = lines.map((line) => line.text.trim())
  return (
    best(
      placesOf(wanted, shown, (a, b) => a === b),
      lines,
      hint,
      true,
    ) ??
    best(
      placesOf(wanted.map(normalised), shown.map(normalised), (a, b) => a === b),
      lines,
      hint,
      false,
    ) ??
    best(within(wanted, shown, lines), lines, hint, false) ??
    best(byEnds(wanted.map(normalised), shown.map(normalised)), lines, hint, false) ??
    nearMatch(wanted.map(normalised), shown.map(normalised))
  )
}

/** Lines of a quote without what the model copied from the margin: `+`, `-`, line numbers, code fences. */
export function quoteLines(quote: string): string[] {
  return quote
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*[+-]?\s*\d{0,6}\s*\|\s?/, '')
        .replace(/^[+-](?=\s)/, '')
        .trim(),
    )
    .filter((line) => line !== '' && !line.startsWith('```'))
}

function normalised(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/ ?([(){}[\],;:.<>=+\-*/&|!?]) ?/g, '$1')
    .trim()
}

type Span = { from: number; to: number }

function placesOf(
  wanted: readonly string[],
  shown: readonly string[],
  same: (a: string, b: string) => boolean,
): Span[] {
  const places: Span[] = []
  for (let from = 0; from + wanted.length <= shown.length; from += 1) {
    if (wanted.every((text, at) => same(text, shown[from + at] ?? '')))
      places.push({ from, to: from + wanted.length - 1 })
  }
  return places
}

/** A piece of one line. A short one, such as a name, has to stand on one line only, or on one added line. */
function within(wanted: readonly string[], shown: readonly string[], lines: readonly UnitLine[]): Span[] {
  const [only] = wanted
  if (only === undefined || wanted.length > 1) return []
  const places = shown.flatMap((text, at) => (text.includes(only) ? [{ from: at, to: at }] : []))
  if (only.length >= tellingPiece) return places
  const added = places.filter(({ from }) => lines[from]?.kind === 'added')
  return places.length === 1 ? places : added.length === 1 ? added : []
}

/** A long quote whose middle the model shortened or reworded: its first and last line, close together. */
function byEnds(wanted: readonly string[], shown: readonly string[]): Span[] {
  const first = wanted[0]
  const last = wanted.at(-1)
  if (first === undefined || last === undefined || wanted.length < 2 || first.length + last.length < 12) return []
  return shown.flatMap((text, from) => {
    if (text !== first) return []
    const to = shown.indexOf(last, from + 1)
    return to > from && to - from <= wanted.length * 2 + 4 ? [{ from, to }] : []
  })
}

function best(places: readonly Span[], lines: readonly UnitLine[], hint: number, exact: boolean): Place | null {
  const score = ({ from, to }: Span) => {
    const added = lines.slice(from, to + 1).some((line) => line.kind === 'added')
    return (added ? 0 : 1_000_000) + Math.abs((lines[from]?.number ?? 0) - hint)
  }
  const [first] = [...places].sort((a, b) => score(a) - score(b) || a.from - b.from)
  return first === undefined ? null : { ...first, exact }
}

function nearMatch(wanted: readonly string[], shown: readonly string[]): Place | null {
  const text = wanted.join(' ')
  if (text.length > longestFuzzy) return null
  const places: Span[] = []
  for (let from = 0; from + wanted.length <= shown.length; from += 1) {
    const to = from + wanted.length - 1
    if (similarity(text, shown.slice(from, to + 1).join(' ')) >= similarEnough) places.push({ from, to })
  }
  const [only] = places
  return only !== undefined && places.length === 1 ? { ...only, exact: false } : null
}

/** 1 minus the share of characters that have to be edited (Levenshtein). */
export function similarity(a: string, b: string): number {
  const longest = Math.max(a.length, b.length)
  if (longest === 0) return 1
  if (Math.abs(a.length - b.length) / longest > 1 - similarEnough) return 0
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    previous = row
  }
  return 1 - (previous[b.length] ?? longest) / longest
}
