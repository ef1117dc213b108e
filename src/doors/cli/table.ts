import { escapeLine } from '../../text/escape.ts'
import { clipWidth, displayWidth, padWidth } from '../../text/width.ts'

type Rows = readonly (readonly string[])[]

/** What a cell has room for on a terminal. */
const maxCell = 40

/**
 * Columns two spaces apart, the first row their heads. `mayGo`: those that a narrow terminal has no room for, the least of
 * them first; through a pipe all are there.
 */
export function table(rows: Rows, mayGo: readonly string[]): string {
  const { isTTY, columns } = process.stdout
  let shown = rows.map((row) =>
    row.map((cell) => clipWidth(escapeLine(cell), isTTY ? maxCell : Number.POSITIVE_INFINITY)),
  )
  for (const name of isTTY ? mayGo : []) {
    if (Math.max(...linesOf(shown).map(displayWidth)) <= (columns || 80)) break
    const at = shown[0]?.indexOf(name) ?? -1
    shown = shown.map((row) => row.filter((_, column) => column !== at))
  }
  return linesOf(shown)
    .map((line) => `${line}\n`)
    .join('')
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
