import { type Unit, type UnitLine, eachLine, numberWidth, rawLines } from './unit.ts'

/**
 * A line of a unit, or a part of one that is too long; in a file with its line end. `index` is the line's place in the
 * unit, `place` its number in the file that the unit's side names, `chars` its length in a prompt.
 */
export type Piece = { index: number; place: number; line: UnitLine; chars: number; isCut: boolean }

/** The lines of a unit, none longer than `room`. */
export function* piecesOf(unit: Unit, room: number): Generator<Piece> {
  // Mark, number, ` | `, line end, and the `…` that may stand before it.
  const gutter = unit.kind === 'hunk' ? numberWidth(eachLine(unit)) + 8 : 0
  let index = 0
  for (const { line, place } of placed(unit)) {
    const chars = line.text.length + gutter
    if (chars <= room) yield { index, place, line, chars, isCut: false }
    else {
      for (const text of cutText(line.text, Math.max(1, room - gutter)))
        yield { index, place, line: { ...line, text }, chars: text.length + gutter, isCut: true }
    }
    index += 1
  }
}

function* placed(unit: Unit): Generator<{ line: UnitLine; place: number }> {
  let place = unit.startLine - 1
  let last: number | null = null
  for (const line of unit.kind === 'hunk' ? eachLine(unit) : linesWithEnds(unit)) {
    const { number, kind } = line
    const missing: number = number !== null && last !== null ? number - last - 1 : 0
    if (unit.side === 'old') place += 1 + missing
    else if (kind !== 'removed') place = number ?? place
    last = number ?? last
    yield { line, place: Math.max(place, unit.startLine) }
  }
}

function* linesWithEnds({ text, startLine }: Unit): Generator<UnitLine> {
  let number = startLine
  for (const line of rawLines(text)) {
    yield { number, kind: 'context', text: line }
    number += 1
  }
}

function cutText(text: string, maxChars: number): string[] {
  const pieces: string[] = []
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + maxChars, text.length)
    if (end < text.length && isPair(text, end - 1)) end += end - start > 1 ? -1 : 1
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}

function isPair(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff
}

/** Pieces in groups of at most `room` characters, each begun at the best border of its second half. */
export function* packPieces(
  pieces: Iterable<Piece>,
  borders: ReadonlyMap<number, number>,
  room: number,
): Generator<Piece[]> {
  let group: Piece[] = []
  let size = 0
  for (const piece of pieces) {
    while (group.length > 0 && size + piece.chars > room) {
      const kept = bestCut([...group, piece], borders, room / 2)
      yield group.slice(0, kept)
      group = group.slice(kept)
      size = group.reduce((sum, { chars }) => sum + chars, 0)
    }
    group.push(piece)
    size += piece.chars
  }
  if (group.length > 0) yield group
}

/** How many pieces to keep, so that the one after them begins the next group well; the last is not kept. */
function bestCut(pieces: readonly Piece[], borders: ReadonlyMap<number, number>, leastSize: number): number {
  let best = pieces.length - 1
  let bestScore = 0
  let size = 0
  for (const [place, piece] of pieces.entries()) {
    const score = piece.index === pieces[place - 1]?.index ? 0 : (borders.get(piece.index) ?? 0)
    if (place > 0 && size >= leastSize && score > 0 && score >= bestScore) {
      best = place
      bestScore = score
    }
    size += piece.chars
  }
  return best
}
