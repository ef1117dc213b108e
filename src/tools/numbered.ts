import { splitLines } from '../workspace/decode.ts'
import { fitLines } from './clip.ts'

/** Lines around a change that are shown with it. */
const around = 3

type Range = { startLine: number; endLine: number }

/** Lines as `read_file` shows them, as far as they fit. */
export function numbered(text: string, { startLine, endLine }: Range, chars: number): string[] {
  const lines = splitLines(text).slice(startLine - 1, endLine)
  return fitLines(
    lines.map((line, index) => `${startLine + index}| ${line}`),
    chars,
  ).shown
}

/** The current text: each range with the lines around it. */
export function shownRanges(text: string, ranges: readonly Range[], chars: number): string[] {
  const shown = ranges.slice(0, 3).flatMap(({ startLine, endLine }, index) => {
    const wide = { startLine: Math.max(1, startLine - around), endLine: endLine + around }
    return [...(index > 0 ? ['--'] : []), ...numbered(text, wide, chars / 3)]
  })
  return ranges.length > 3 ? [...shown, `[and ${ranges.length - 3} more places]`] : shown
}

/** `line 3`, `lines 3-5`. */
export function rangeText({ startLine, endLine }: Range): string {
  return startLine === endLine ? `line ${startLine}` : `lines ${startLine}-${endLine}`
}
