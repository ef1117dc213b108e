import { escapeLine } from '../../text/escape.ts'
import { clipWidth, displayWidth, padWidth } from '../../text/width.ts'
import { wrapped } from './terminal.ts'

type Rows = readonly (readonly string[])[]

/** What a cell has room for on a terminal. */
const maxCell = 40

/**
 * Columns two spaces apart, the first row their heads. `mayGo`: those that a narrow terminal has no room for, the least of
 * them first, and where two have no room a row is a few lines; through a pipe all are there.
 */
export function table(rows: Rows, mayGo: readonly string[]): string {
  const { isTTY } = process.stdout
  let shown = rows.map((row) =>
    row.map((cell) => clipWidth(escapeLine(cell), isTTY ? maxCell : Number.POSITIVE_INFINITY)),
  )
  for (const name of isTTY ? mayGo : []) {
    if (fits(shown)) break
    const at = shown[0]?.indexOf(name) ?? -1
    shown = shown.map((row) => row.filter((_, column) => column !== at))
  }
  const lines = isTTY && !fits(shown) ? cards(shown) : linesOf(shown)
  return lines.map((line) => `${line}\n`).join('')
}

function fits(rows: Rows): boolean {
  return Math.max(...linesOf(rows).map(displayWidth)) <= (process.stdout.columns || 80)
}

/** Each row as lines of its own, for a terminal that has not room for two columns. */
function cards([heads = [], ...rows]: Rows): string[] {
  return rows.flatMap(([name = '', ...cells]) => [
    name,
    ...cells.map((cell, at) => wrapped('  ', `${heads[at + 1] ?? ''}  ${cell}`, process.stdout)),
  ])
}

function linesOf(rows: Rows): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column] ?? ''))))
  return rows.map((row) =>
    row
      .map((cell, column) => padWidth(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
