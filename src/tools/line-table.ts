import { countOf } from './occurrences.ts'

/** Where the lines of a text are, by number from 0: `end` is before the line end, `next` after it. */
export type LineTable = { text: string; count: number; start: Int32Array; end: Int32Array; next: Int32Array }

/** A text of a megabyte may have a million lines: arrays of numbers hold them without a million objects. */
export function createLineTable(text: string): LineTable {
  const isOpen = text !== '' && !text.endsWith('\n')
  const count = countOf(text, '\n') + (isOpen ? 1 : 0)
  const table = { text, count, start: new Int32Array(count), end: new Int32Array(count), next: new Int32Array(count) }
  let start = 0
  for (let line = 0; line < count; line += 1) {
    const at = text.indexOf('\n', start)
    const end = at < 0 ? text.length : at
    table.start[line] = start
    table.end[line] = end > start && at >= 0 && text.charCodeAt(end - 1) === 13 ? end - 1 : end
    start = at < 0 ? text.length : at + 1
    table.next[line] = start
  }
  return table
}

export function lineAt({ text, start, end }: LineTable, line: number): string {
  return text.slice(start[line], end[line])
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 160
}

/**
 * A number for each line that is the same for lines that are the same without blanks at their end, or at both ends.
 * Different lines may have the same one, which is unlikely but has to be looked at before it counts.
 */
export function lineKeys({ text, count, start, end }: LineTable, stripped: 'end' | 'both'): Float64Array {
  const keys = new Float64Array(count)
  for (let line = 0; line < count; line += 1) {
    let [from, to] = [start[line] ?? 0, end[line] ?? 0]
    while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1
    if (stripped === 'both') while (from < to && isBlank(text.charCodeAt(from))) from += 1
    let [high, low] = [7, 11]
    for (let at = from; at < to; at += 1) {
      const code = text.charCodeAt(at)
      high = (Math.imul(high, 31) + code) | 0
      low = (Math.imul(low, 1_000_003) ^ code) | 0
    }
    // 32 and 21 bits: what a number holds exactly.
    keys[line] = (high >>> 0) * 0x20_0000 + (low & 0x1f_ffff)
  }
  return keys
}
