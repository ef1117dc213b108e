import { editDistance } from '../../text/distance.ts'
import { type QuoteLine, linesOfQuote, readQuote } from './quote-forms.ts'
import { type Shown, lineAt, spend } from './shown.ts'
import { squeeze } from './squeeze.ts'

/** Indexes into the unit's lines, both ends included. `exact`: whole lines, as they are written. */
export type Place = { from: number; to: number; exact: boolean }

/** Fewer visible characters than this (`}`, `);`) say nothing about where they stand. */
const minimumCharacters = 4
/** A piece of a line with at least this many characters identifies the line. */
const tellingPiece = 12
/** Fuzzy matching is for slips of the pen; a longer quote has to match as it stands. */
const maxFuzzyChars = 400
/** Lines that a quote with `…` on a line of its own may leave out. */
const maxElisionChars = 24
/** Share of characters that a near match has to agree in. */
const nearEnough = 0.93
/** A quote with more holes than this is no quote. */
const maxPieces = 6

/**
 * Where a quote stands among the lines that the model was shown. The quote as it is written comes first: whole lines,
 * then a piece of one. Only what is not found so is looked for without the numbers, marks, quotation marks and escapes
 * that models put round code, one after the other; then by the pieces around an ellipsis, by its first and last line,
 * and at last as a unique near match. Null when it stands nowhere.
 */
export function locateQuote(quote: string, shown: Shown): Place | null {
  const readings = readQuote(quote)
  for (const lines of readings) {
    const place = wholeLines(lines, 0, shown) ?? atNumber(lines, shown) ?? inSomeForm(lines, shown)
    if (place !== null) return place
  }
  for (const lines of readings) {
    const place = elided(lines, shown) ?? byEnds(lines, shown) ?? nearMatch(lines, shown)
    if (place !== null) return place
  }
  return null
}

/** True when two texts hold the same lines, but for indentation and code fences. */
export function sameLines(a: string, b: string): boolean {
  return linesAsWritten(a) === linesAsWritten(b)
}

export function linesAsWritten(text: string): string {
  return linesOfQuote(text)
    .map(({ forms }) => forms[0])
    .join('\n')
}

function formAt({ forms }: QuoteLine, depth: number): string {
  return forms[Math.min(depth, forms.length - 1)] ?? ''
}

/** The number that the first line had in the margin, as far as any line tells it. */
function numberOf(lines: readonly QuoteLine[]): number | undefined {
  const at = lines.findIndex(({ number }) => number !== undefined)
  return at < 0 ? undefined : (lines[at]?.number ?? 0) - at
}

function visible(text: string): number {
  return text.replace(/\s/g, '').length
}

type Span = { from: number; to: number }

function inSomeForm(lines: readonly QuoteLine[], shown: Shown): Place | null {
  const deepest = Math.max(...lines.map(({ forms }) => forms.length))
  for (let depth = 0; depth < deepest; depth += 1) {
    const place = (depth === 0 ? null : wholeLines(lines, depth, shown)) ?? piece(lines, depth, shown)
    if (place !== null) return place
  }
  return null
}

/** The lines that have the number that was copied with the quote, when they read like it. */
function atNumber(lines: readonly QuoteLine[], shown: Shown): Place | null {
  const number = numberOf(lines)
  if (number === undefined) return null
  const from = shown.lines.findIndex((line) => line.number === number)
  const isThere =
    from >= 0 && lines.every(({ forms }, at) => forms.map(squeeze).includes(shown.squeezed[from + at] ?? '\0'))
  const text = shown.squeezed.slice(from, from + lines.length).join('')
  return isThere && text.length >= minimumCharacters ? { from, to: from + lines.length - 1, exact: false } : null
}

/** Each line of the quote in one of its forms up to `depth`: exact, then squeezed. */
function wholeLines(lines: readonly QuoteLine[], depth: number, shown: Shown): Place | null {
  const forms = lines.map(({ forms: all }) => all.slice(0, depth + 1))
  if (visible(lines.map((line) => formAt(line, depth)).join('')) < minimumCharacters) return null
  const exact = spans(forms, shown, 'trimmed')
  if (exact.length > 0) return best(exact, lines, shown, true)
  const squeezed = forms.map((all) => all.map(squeeze))
  return best(spans(squeezed, shown, 'squeezed'), lines, shown, false)
}

/** Equal lines that are looked at once the budget is used up. */
const fewPlaces = 20

function spans(forms: readonly (readonly string[])[], shown: Shown, as: 'trimmed' | 'squeezed'): Span[] {
  const places = as === 'trimmed' ? shown.byTrimmed : shown.bySqueezed
  const found: Span[] = []
  for (const form of new Set(forms[0])) {
    const starts = form === '' ? [] : (places.get(form) ?? [])
    const most = spend(shown, starts.length * 100) ? starts.length : fewPlaces
    for (const from of starts.slice(0, most)) {
      const isThere = forms.every((all, at) => all.includes(shown[as][from + at] ?? '\0'))
      if (isThere) found.push({ from, to: from + forms.length - 1 })
    }
  }
  return found
}

/** A piece of a line, or of several. A short one, such as a name, has to stand on one line only, or on one added line. */
function piece(lines: readonly QuoteLine[], depth: number, shown: Shown): Place | null {
  const wanted = squeeze(lines.map((line) => formAt(line, depth)).join(''))
  if (wanted.length < minimumCharacters) return null
  const found = occurrences(wanted, shown).map((at) => spanOf(at, wanted.length, shown))
  return best(telling(found, wanted.length, shown), lines, shown, false)
}

function telling(places: readonly Span[], length: number, { lines }: Shown): readonly Span[] {
  const one = places.filter(({ from, to }, at) => places.findIndex((p) => p.from === from && p.to === to) === at)
  if (length >= tellingPiece || one.length <= 1) return one
  const added = one.filter(({ from }) => lines[from]?.kind === 'added')
  return added.length === 1 ? added : []
}

const maxOccurrences = 200

function occurrences(wanted: string, shown: Shown, from = 0): number[] {
  const found: number[] = []
  if (!spend(shown, shown.text.length)) return found
  for (let at = shown.text.indexOf(wanted, from); at >= 0; at = shown.text.indexOf(wanted, at + 1)) {
    found.push(at)
    if (found.length >= maxOccurrences) break
  }
  return found
}

function spanOf(at: number, length: number, shown: Shown): Span {
  return { from: lineAt(shown, at), to: lineAt(shown, at + length - 1) }
}

const ellipsis = /\[(?:\.{3,}|…)\]|(?:\/\/|\/\*|#|--)?\s?(?:\.{3,}|[…⋯])(?:\s?\*\/)?/

/** A quote with `…` where the model left something out: its pieces, in order and close together. */
function elided(lines: readonly QuoteLine[], shown: Shown): Place | null {
  const texts = lines.map((line) => line.forms.at(-1) ?? '')
  const rows = texts.join('\n').split(new RegExp(ellipsis, 'g'))
  const pieces = rows.map((row) => squeeze(row.replaceAll('\n', ''))).filter((row) => row !== '')
  if (rows.length < 2 || pieces.length === 0 || pieces.length > maxPieces) return null
  const length = pieces.join('').length
  if (length < minimumCharacters * 2) return null
  const isWithinLine = lines.length === 1
  const found = occurrences(pieces[0] ?? '', shown).flatMap((at) => {
    const last = isWithinLine
      ? lineAt(shown, at)
      : Math.min(lineAt(shown, at) + maxElisionChars, shown.lines.length - 1)
    const end = endOfPieces(pieces, at, shown.starts[last + 1] ?? shown.text.length, shown)
    return end === undefined ? [] : [{ from: lineAt(shown, at), to: lineAt(shown, end - 1) }]
  })
  return best(telling(found, length, shown), lines, shown, false)
}

/** Where the last of the pieces ends, when they follow each other between `from` and `limit`. */
function endOfPieces(pieces: readonly string[], from: number, limit: number, shown: Shown): number | undefined {
  let end = from
  for (const wanted of pieces) {
    const room = shown.text.slice(end, limit)
    const at = spend(shown, room.length) ? room.indexOf(wanted) : -1
    if (at < 0) return undefined
    end += at + wanted.length
  }
  return end
}

/** A long quote whose middle the model shortened or reworded: its first and last line, close together. */
function byEnds(lines: readonly QuoteLine[], shown: Shown): Place | null {
  const first = squeeze(lines[0]?.forms.at(-1) ?? '')
  const last = squeeze(lines.at(-1)?.forms.at(-1) ?? '')
  if (lines.length < 2 || first.length + last.length < tellingPiece) return null
  const ends = shown.bySqueezed.get(last) ?? []
  const found = (shown.bySqueezed.get(first) ?? []).flatMap((from) => {
    const to = ends.find((end) => end > from)
    return to !== undefined && to - from <= lines.length * 2 + 4 ? [{ from, to }] : []
  })
  return best(found, lines, shown, false)
}

function nearMatch(lines: readonly QuoteLine[], shown: Shown): Place | null {
  const wanted = squeeze(lines.map((line) => line.forms.at(-1) ?? '').join(''))
  if (wanted.length < tellingPiece || wanted.length > maxFuzzyChars) return null
  const places: Span[] = []
  for (let from = 0; from + lines.length <= shown.lines.length; from += 1) {
    const to = from + lines.length - 1
    const text = shown.text.slice(shown.starts[from], shown.starts[to + 1])
    const max = Math.floor(Math.max(text.length, wanted.length) * (1 - nearEnough))
    if (Math.abs(text.length - wanted.length) > max) continue
    if (!spend(shown, 4 * wanted.length * (2 * max + 20))) return null
    if (editDistance(wanted, text, max) <= max) places.push({ from, to })
  }
  const [only] = places
  return only !== undefined && places.length === 1 ? { ...only, exact: false } : null
}

/** Of several equal places the one with the number that was copied, then one that was added, then the first. */
function best(places: readonly Span[], lines: readonly QuoteLine[], shown: Shown, exact: boolean): Place | null {
  const number = numberOf(lines)
  const weight = ({ from, to }: Span): number => {
    const own = shown.lines[from]?.number ?? 0
    if (number !== undefined && own === number) return 0
    const isAdded = shown.lines.slice(from, to + 1).some(({ kind }) => kind === 'added')
    return (isAdded ? 1 : 1_000_000_000) + Math.abs(own - (number ?? 0))
  }
  let [first] = places
  for (const place of places) if (first !== undefined && weight(place) < weight(first)) first = place
  return first === undefined ? null : { ...first, exact }
}
