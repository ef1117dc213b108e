import { displayWidth } from '../../text/width.ts'
import { type Layout, createLine } from './markdown-line.ts'
import { createPaint } from './terminal.ts'

const gap = 2
/** A column that is narrower shows nothing. */
const minColumn = 6

/** Whether a line separates the head of a table from its rows. */
export function isDelimiter(line: string): boolean {
  return /^\s*\|?(?:\s*:?-+:?\s*\|)+\s*(?::?-+:?\s*)?$/.test(line)
}

/** The lines of a table, the second of which is its delimiter, in columns; or cell by cell where there is no room. */
export function renderTable(lines: readonly string[], layout: Layout): string {
  const [head = [], marks = [], ...rows] = lines.map(cellsOf)
  const all = [head, ...rows].map((row) => head.map((_, at) => row[at] ?? ''))
  const natural = head.map((_, at) => Math.max(1, ...all.map((row) => widthOf(row[at] ?? ''))))
  const widths = shrink(natural, layout.columns - gap * (head.length - 1))
  if (widths === undefined) return renderCells(all, layout)
  const isRight = marks.map((mark) => mark.endsWith('-:'))
  const total = widths.reduce((sum, width) => sum + width, gap * (head.length - 1))
  const { paint } = layout
  const shown = all.map((row, at) => renderRow(row, { widths, isRight, layout, isHead: at === 0 }))
  const rule = `${paint.open('dim')}${'─'.repeat(total)}${paint.close('dim')}\n`
  return `${shown[0] ?? ''}${rule}${shown.slice(1).join('')}`
}

/** Between bars that are neither escaped nor inside of code. */
function cellsOf(line: string): string[] {
  const cells: string[] = ['']
  for (const piece of line.trim().match(/`[^`]*`|\\\||\||[^`|\\]+|[`\\]/g) ?? []) {
    if (piece === '|') cells.push('')
    else cells.push(`${cells.pop() ?? ''}${piece === '\\|' ? '|' : piece}`)
  }
  const [first, ...rest] = cells
  const whole = first?.trim() === '' ? rest : cells
  return (whole.at(-1)?.trim() === '' && whole.length > 1 ? whole.slice(0, -1) : whole).map((cell) => cell.trim())
}

const plain = createPaint(false)

function widthOf(cell: string): number {
  return displayWidth(renderCell(cell, { paint: plain, columns: Number.POSITIVE_INFINITY }).join(''))
}

/** Takes columns off the widest until all of them have room; nothing where they can't. */
function shrink(natural: readonly number[], room: number): number[] | undefined {
  const least = natural.map((width) => Math.min(width, minColumn))
  if (least.reduce((sum, width) => sum + width, 0) > room) return undefined
  const widths = [...natural]
  while (widths.reduce((sum, width) => sum + width, 0) > room) {
    const widest = Math.max(...widths)
    widths[widths.indexOf(widest)] = widest - 1
  }
  return widths
}

type Columns = { widths: readonly number[]; isRight: readonly boolean[]; layout: Layout; isHead: boolean }

function renderRow(row: readonly string[], { widths, isRight, layout, isHead }: Columns): string {
  const columns = row.map((cell, at) => {
    const room = widths[at] ?? 0
    const bare = renderCell(cell, { paint: plain, columns: room })
    return renderCell(cell, { ...layout, columns: room }, isHead).map((line, nth) => {
      const fill = ' '.repeat(Math.max(0, room - displayWidth((bare[nth] ?? '').trimEnd())))
      return isRight[at] ? fill + line.trimEnd() : line.trimEnd() + fill
    })
  })
  const height = Math.max(...columns.map((lines) => lines.length))
  const lines = Array.from({ length: height }, (_, nth) =>
    columns.map((cell, at) => cell[nth] ?? ' '.repeat(widths[at] ?? 0)).join(' '.repeat(gap)),
  )
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function renderCell(text: string, layout: Layout, isHead = false): string[] {
  const line = createLine(layout)
  const start = line.begin({ first: '', hanging: '', width: 0 }, isHead ? ['bold'] : [])
  return (start + line.inline(text) + line.finish()).split('\n')
}

/** Each row as its cells, one below the other, with the name of their column. */
function renderCells([head = [], ...rows]: readonly string[][], layout: Layout): string {
  const written = rows.map((row) =>
    row.map((cell, at) => `${renderCell(`**${head[at] ?? ''}**: ${cell}`, layout).join('\n')}\n`).join(''),
  )
  return written.join('\n')
}
