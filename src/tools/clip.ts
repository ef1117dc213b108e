import { clipLine } from '../text/clip.ts'

/** Bounds of every result, in addition to the characters that the context allows. */
export const maxLines = 2000
export const maxLineLength = 500

/** Characters of a result that are reserved for its header and the hint at its end. */
export const reserved = 400

/** The first lines that fit into `chars`, each cut to `maxLineLength`. At least one, so that the model can go on. */
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

/** Says of a text that not all of it could be decoded. */
export const lossyNote = '[some bytes are not valid text and are shown as \ufffd]'

/** A call in short: `read_file path="a.ts" offset=201`. Undefined arguments are left out. */
export function callText(name: string, args: Record<string, unknown>): string {
  const words = Object.entries(args).filter(([, value]) => value !== undefined)
  return [name, ...words.map(([key, value]) => `${key}=${JSON.stringify(value)}`)].join(' ')
}

/** `1 file`, `2 files`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? noun : plural}`
}
