import { styleText } from 'node:util'
import { wrapBehind } from '../../text/wrap.ts'
import type { ColorWhen } from './flags.ts'
import { writeErr } from './output.ts'

/** One decision about colour: NO_COLOR and FORCE_COLOR first, then whether the stream is a terminal. */
export function useColor(stream: NodeJS.WriteStream, setting: boolean | undefined): boolean {
  return setting ?? canRedraw(stream)
}

/** Whether a line on it can be taken back: with TERM=dumb a terminal knows no codes. */
export function canRedraw(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env['TERM'] !== 'dumb'
}

/** The setting of the environment, which a flag beats. */
export function colorSetting(when: ColorWhen | undefined, setting: boolean | undefined): boolean | undefined {
  return when === undefined || when === 'auto' ? setting : when === 'always'
}

/** A line with a head, wrapped at the width of a terminal; as it is for any other reader. */
export function wrapped(head: string, text: string, { isTTY, columns }: NodeJS.WriteStream): string {
  return isTTY ? wrapBehind(head, text, columns || 80) : head + text
}

/** Sentences, each line in as many as the terminal needs. Not for commands, which people copy. */
export function paragraphs(text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return text.replaceAll(/^( *)(.+)$/gm, (_, indent: string, line: string) => wrapped(indent, line, stream))
}

/** A line beside the report, for the person: `note`, `warning`. */
export function writeAside(kind: string, text: string): Promise<void> {
  return writeErr(`${wrapped(`${kind}: `, text, process.stderr)}\n`)
}

export type Style = 'bold' | 'dim' | 'italic' | 'underline' | 'cyan' | 'green' | 'red' | 'yellow'

/** What begins and what ends a style, for text that is written in pieces. */
export type Paint = { open: (style: Style) => string; close: (style: Style) => string }

/** Escape codes, or nothing at all. */
export function createPaint(color: boolean): Paint {
  // Whether there is colour was decided above, for the stream that is really written to.
  const codes = (style: Style) => (color ? styleText(style, '|', { validateStream: false }).split('|') : [])
  return { open: (style) => codes(style)[0] ?? '', close: (style) => codes(style)[1] ?? '' }
}
