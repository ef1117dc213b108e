import { clipLine } from '../text/clip.ts'

/** Bounds of every result, besides the characters that the context leaves for it. */
export const maxLines = 2000
export const maxLineLength = 500

/** Characters that a header and the hint at the end may take of a result. */
export const reserved = 400

/** The first lines that fit into so many characters, each cut to a bearable length. At least one, so that a reader gets on. */
export function fitLines(lines: readonly string[], chars: number): { shown: string[]; cut: boolean } {
  const shown: string[] = []
  let left = chars
  let cut = false
  for (const line of lines.slice(0, maxLines)) {
    const short = cutLine(line)
    left -= short.length + 1
    if (left < 0 && shown.length > 0) break
    cut ||= short !== line
    shown.push(short)
  }
  return { shown, cut }
}

export function cutLine(line: string): string {
  return line.length > maxLineLength ? `${clipLine(line, maxLineLength)} (${line.length} characters)` : line
}

/** A call as a model would write it: `read_file path="a.ts" offset=201`. What is undefined is left out. */
export function callText(name: string, args: Record<string, unknown>): string {
  const words = Object.entries(args).filter(([, value]) => value !== undefined)
  return [name, ...words.map(([key, value]) => `${key}=${JSON.stringify(value)}`)].join(' ')
}

/** `1 file`, `2 files`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? noun : plural}`
}
