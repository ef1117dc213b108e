import { type Unit, type UnitLine, numberWidth } from './unit.ts'

/** A line of a unit, or a part of one that is too long. `index` is the line's; `chars` what it takes in a prompt. */
export type Piece = { index: number; line: UnitLine; text: string; chars: number; isCut: boolean }

/** The lines of a unit, none longer than `room`. */
export function piecesOf(unit: Unit, room: number): Piece[] {
  const isHunk = unit.kind === 'hunk'
  // Mark, number, ` | `, line end, and the `…` that may stand before it.
  const gutter = isHunk ? numberWidth(unit.lines) + 8 : 0
  const ends = isHunk ? [] : lineEnds(unit.text)
  return unit.lines.flatMap((line, index) => {
    const text = isHunk ? line.text : unit.text.slice(ends[index - 1] ?? 0, ends[index])
    const whole = { index, line, text, chars: text.length + gutter, isCut: false }
    if (whole.chars <= room) return [whole]
    return cutText(text, Math.max(1, room - gutter)).map((piece) => ({
      index,
      line: { ...line, text: isHunk ? piece : piece.replace(/\r?\n$/, '') },
      text: piece,
      chars: piece.length + gutter,
      isCut: true,
    }))
  })
}

/** For each line, where the next one starts. */
function lineEnds(text: string): number[] {
  const ends: number[] = []
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) ends.push(end + 1)
  return ends
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
export function packPieces(pieces: readonly Piece[], borders: ReadonlyMap<number, number>, room: number): Piece[][] {
  const groups: Piece[][] = []
  let group: Piece[] = []
  let size = 0
  for (const piece of pieces) {
    while (group.length > 0 && size + piece.chars > room) {
      const kept = bestCut([...group, piece], borders, room / 2)
      groups.push(group.slice(0, kept))
      group = group.slice(kept)
      size = group.reduce((sum, { chars }) => sum + chars, 0)
    }
    group.push(piece)
    size += piece.chars
  }
  if (group.length > 0) groups.push(group)
  return groups
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
