import { definitionsOf } from '../syntax/definitions.ts'
import { type Piece, packPieces, piecesOf } from './pieces.ts'
import { type Unit, type UnitLine, renderHeader, renderLines } from './unit.ts'

/**
 * A unit in parts whose texts have at most `maxChars` characters: cut before a definition or between hunks where that
 * leaves no part less than half full, else at a blank line, else anywhere between lines; a line that is too long by
 * itself is cut between characters. The parts hold every line once, in order, and say what they are.
 */
export async function splitUnit(unit: Unit, maxChars: number): Promise<Unit[]> {
  if (unit.text.length <= maxChars) return [unit]
  const header = unit.kind === 'hunk' ? renderHeader(unit) : ''
  const room = Math.max(1, maxChars - header.length)
  const groups = packPieces(piecesOf(unit, room), await bordersOf(unit), room)
  const places = placesOf(unit)
  return groups.map((pieces, index) => {
    const lines = pieces.map((piece) => piece.line)
    const text = unit.kind === 'hunk' ? header + renderLines(lines) : pieces.map((piece) => piece.text).join('')
    const part = { index: index + 1, of: groups.length, lines: unit.lines.length }
    const startLine = places[pieces[0]?.index ?? 0] ?? unit.startLine
    const endLine = places[pieces.at(-1)?.index ?? 0] ?? startLine
    const cut = pieces.some((piece: Piece) => piece.isCut)
    return { ...unit, startLine, endLine, text, lines, part: cut ? { ...part, cut } : part }
  })
}

/** How good it is to begin a part with a line: its index → more for a border that a reader would choose. */
async function bordersOf(unit: Unit): Promise<Map<number, number>> {
  const borders = new Map<number, number>()
  const shown = [...unit.lines.entries()].filter(([, line]) => line.kind !== 'removed')
  for (const [place, [index, line]] of shown.entries()) {
    const before = shown[place - 1]?.[1]
    if (before?.text.trim() === '') borders.set(index, 1)
    if (isGap(before, line)) borders.set(index, 3)
  }
  const text = shown.map(([, line]) => line.text).join('\n')
  for (const { startLine, depth } of await definitionsOf(text, unit.language)) {
    const index = shown[startLine - 1]?.[0]
    if (index !== undefined) borders.set(index, Math.max(borders.get(index) ?? 0, depth === 0 ? 3 : 2))
  }
  return borders
}

function isGap(before: UnitLine | undefined, line: UnitLine): boolean {
  return line.number !== null && typeof before?.number === 'number' && line.number > before.number + 1
}

/** Where each line stands, counted in the file that the unit's side names. */
function placesOf({ lines, side, startLine }: Unit): number[] {
  let place = startLine - 1
  let last: number | null = null
  return lines.map(({ number, kind }) => {
    const missing = number !== null && last !== null ? number - last - 1 : 0
    if (side === 'old') place += 1 + missing
    else if (kind !== 'removed') place = number ?? place
    last = number ?? last
    return Math.max(place, startLine)
  })
}
