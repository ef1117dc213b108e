import { type Piece, packPieces, piecesOf } from './pieces.ts'
import { type Unit, type UnitLine, eachLine, renderHeader, renderLines } from './unit.ts'

/**
 * A unit in parts whose texts have at most `maxChars` characters: cut before a definition or between hunks where that
 * leaves no part less than half full, else at a blank line, else anywhere between lines; a line that is too long by
 * itself is cut between characters. The parts hold every line once, in order, and say what they are.
 */
export async function splitUnit(unit: Unit, maxChars: number): Promise<Unit[]> {
  if (unit.text.length <= maxChars) return [unit]
  const header = unit.kind === 'hunk' ? renderHeader(unit) : ''
  const room = Math.max(1, maxChars - header.length)
  const parts: Unit[] = []
  let lines = 0
  for (const pieces of packPieces(piecesOf(unit, room), await bordersOf(unit), room)) {
    lines = (pieces.at(-1)?.index ?? 0) + 1
    parts.push(partOf(unit, pieces, header))
  }
  return parts.map((part, index) => ({ ...part, part: { ...part.part, index: index + 1, of: parts.length, lines } }))
}

function partOf(unit: Unit, pieces: readonly Piece[], header: string): Unit {
  const shown = pieces.map((piece) => piece.line)
  const text = unit.kind === 'hunk' ? header + renderLines(shown) : shown.map((line) => line.text).join('')
  const startLine = pieces[0]?.place ?? unit.startLine
  const part = { ...unit, startLine, endLine: pieces.at(-1)?.place ?? startLine, text }
  return pieces.some((piece) => piece.isCut) ? { ...part, part: { index: 0, of: 0, lines: 0, cut: true } } : part
}

/** How good it is to begin a part with a line: its index → more for a border that a reader would choose. */
async function bordersOf(unit: Unit): Promise<Map<number, number>> {
  const borders = new Map<number, number>()
  /** The index of each line that the new file has. */
  const shown: number[] = []
  const texts: string[] = []
  let before: UnitLine | undefined
  let index = -1
  for (const line of eachLine(unit)) {
    index += 1
    if (line.kind === 'removed') continue
    if (before?.text.trim() === '') borders.set(index, 1)
    if (isGap(before, line)) borders.set(index, 3)
    shown.push(index)
    texts.push(line.text)
    before = line
  }
  const { definitionsOf } = await import('../syntax/definitions.ts')
  for (const { startLine, depth } of await definitionsOf(texts.join('\n'), unit.language)) {
    const index = shown[startLine - 1]
    if (index !== undefined) borders.set(index, Math.max(borders.get(index) ?? 0, depth === 0 ? 3 : 2))
  }
  return borders
}

function isGap(before: UnitLine | undefined, line: UnitLine): boolean {
  return line.number !== null && typeof before?.number === 'number' && line.number > before.number + 1
}
