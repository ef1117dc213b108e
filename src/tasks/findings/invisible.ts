import { codePoint } from '../../text/escape.ts'

/** Reorders what a reader sees, against what a compiler reads (CVE-2021-42574). */
const bidirectional = /[\u202a-\u202e\u2066-\u2069]/u
/** Nothing is seen of these at all. */
const hidden =
  /(?<!\p{Script=Han})[\u{e0100}-\u{e01ef}]|[\u{e0000}-\u{e007f}\u200b\u2060-\u2064\u206a-\u206f\u180e\ufeff\ufff9-\ufffb]/u
/** Marks and joiners that some scripts need; between Latin letters they only make two names look like one. */
const joiner = /(?<=[\p{Script=Latin}\d_$.])[\u200c\u200d](?=[\p{Script=Latin}\d_$.])/u
const mark = /[\u200e\u200f\u061c]/u
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
const control = /[\u0000-\u0008\u000b\u000e-\u001f\u007f\u0080-\u0084\u0086-\u009f]/
/** Most lines end here. */
const outsideAscii = /[^\t\f\r\x20-\x7e]/
/** England, Scotland and Wales are written with tags. */
const flags = /\u{1f3f4}[\u{e0020}-\u{e007e}]{1,10}\u{e007f}/gu

export type Invisible = { rule: string; title: string; code: string }

/** The first character of a line that a reader cannot see or that moves the others; `first` allows a byte order mark. */
export function findInvisible(line: string, first: boolean): Invisible | undefined {
  if (!outsideAscii.test(line)) return undefined
  const text = (first ? line.replace(/^\ufeff/, '') : line).replace(flags, '')
  const turn = bidirectional.exec(text)?.[0]
  if (turn !== undefined) return named('bidirectional-text', 'Characters that change the order of the text', turn)
  const found =
    (hidden.exec(text) ?? joiner.exec(text))?.[0] ?? (rightToLeft.test(text) ? undefined : mark.exec(text)?.[0])
  if (found !== undefined) return named('invisible-character', 'An invisible character', found)
  const steering = control.exec(text)?.[0]
  return steering === undefined
    ? undefined
    : named('control-character', 'A control character that a terminal obeys', steering)
}

function named(rule: string, title: string, character: string): Invisible {
  return { rule, title, code: codePoint(character) }
}
