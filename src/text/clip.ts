/** How much of a text is shown: lines, including one that is cut, of all its lines. */
export type Shown = { lines: number; of: number }

export type ClipOptions = {
  maxChars: number
  maxLines?: number
  /** Says what is shown and how to get the rest. Put in brackets on a separate line after the shortened text. */
  hint: (shown: Shown) => string
}

/**
 * Shortens a text to its first lines. A text that fits is returned unchanged. Otherwise the result with its hint fits
 * `maxChars`, unless the hint alone is longer. Cuts between lines; only if not even one line fits, inside that line.
 */
export function clip(text: string, { maxChars, maxLines = Infinity, hint }: ClipOptions): string {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const of = lines.length
  if (text.length <= maxChars && of <= maxLines) return text
  const foot = (count: number) => `[${hint({ lines: count, of })}]`
  // A hint with more digits is longer, so keep room for the longest.
  const room = maxChars - Math.max(foot(of).length, foot(1).length) - 1
  let count = 0
  for (let used = 0; count < Math.min(of, maxLines); count++) {
    used += (lines[count]?.length ?? 0) + (count > 0 ? 1 : 0)
    if (used > room) break
  }
  if (count > 0) return `${lines.slice(0, count).join('\n')}\n${foot(count)}`
  const head = clipLine(lines[0] ?? '', Math.max(room, 0))
  return head === '' ? foot(0) : `${head}\n${foot(1)}`
}

/** Shortens one line, never inside a character, and marks the cut with `…`. */
export function clipLine(line: string, maxChars: number): string {
  if (line.length <= maxChars) return line
  if (maxChars < 1) return ''
  const head = line.slice(0, maxChars - 1)
  return `${/[\uD800-\uDBFF]$/.test(head) ? head.slice(0, -1) : head}…`
}
