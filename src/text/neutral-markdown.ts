import { escapeLine, escapeProse, escapeProseLine, escapeText } from './escape.ts'
import { codeLines } from './markdown-blocks.ts'

/**
 * Untrusted Markdown, such as an answer in prose, made fit for a document that somebody opens: it fetches no image, holds
 * no HTML, and every link shows where it leads. Everything else stays Markdown, and code stays as it is.
 */
export function neutralMarkdown(text: string): string {
  const plain = withoutFenceTables(escapeProse(text).split('\n'))
  const code = codeLines(plain)
  const lines = plain.map((line, at) => (code[at] === true ? escapeText(line) : escapeSpans(line)))
  // A code span that goes on over a line break ends there as soon as anything has to be changed, and only then.
  if (!lines.some((line, at) => code[at] !== true && active.test(line))) return lines.join('\n')
  const hasTable = lines.some((line, at) => code[at] !== true && delimiterRow.test(line))
  return lines.map((line, at) => (code[at] === true ? line : neutralInline(line, 'markup', hasTable))).join('\n')
}

/** Some readers take the beginning of a fence for the head of a table, and then what it holds is no code for them. */
function withoutFenceTables(lines: readonly string[]): string[] {
  return lines.map((line, at) =>
    fenceWithBar.test(line) && delimiterRow.test(lines[at + 1] ?? '') ? line.replaceAll('|', ' ') : line,
  )
}

/** One line of untrusted words inside our own Markdown, such as a path: only code in back ticks stays what it is. */
export function markdownLine(text: string): string {
  return neutralWords(escapeLine(text))
}

/** The same of words that a model wrote. */
export function markdownProse(text: string): string {
  return neutralWords(escapeSpans(escapeProseLine(text)))
}

function neutralWords(line: string): string {
  // Our own lines hold no table, and no line of words may begin one.
  return neutralInline(line.trim(), 'words', false)
    .replace(/^(?=[#>+\-*=|~_:])/, '\\')
    .replace(/^(\d{1,9})(?=[.)])/, '$1\\')
}

/** The end of the words of a link, an image or a definition; the beginning of HTML. */
const active = /\](?=[(:])|<(?=[A-Za-z/!?])/

/** What may stand below the head of a table, inside a quotation or an item of a list too. Without one there is no table. */
const delimiterRow = /^(?=[^-]*-)[\s>*+\d.)|:-]+$/

const fenceWithBar = /^(?=[^|]*\|)[\s>*+\d.)|-]*(?:`{3}|~{3})/

/** Links that show where they lead: `<https://a.b>`, `[a.b](https://a.b)`. */
const openLinks = [
  /<https?:\/\/[^\s<>[\]`"'\\]{1,2000}>/y,
  /(?<!!)\[((?:https?:\/\/)?((?![\w+.-]+:(?!\d))[^\s<>[\]()`"'\\]{1,2000}))\]\((?:\1|https?:\/\/\2)\)/y,
]
const plain = /[^\\`<[\]]+/y
const backTicks = /`+/g
const punctuation = /[!-/:-@[-`{-~]/

/** `markup`: a backslash escapes what follows. `words`: it is a character like any other. */
type Kind = 'markup' | 'words'

/**
 * Puts a backslash before everything that is active. At the closing bracket that is enough for a link, an image and a
 * definition, wherever their words begin. Back ticks without a partner on the line get one too, so that what is code here
 * is code for every reader.
 */
function neutralInline(line: string, kind: Kind, hasTable: boolean): string {
  const whole = scan(line, kind, true)
  // In a row of a table a bar ends a cell, inside a code span too: then no code on the line is certain.
  return hasTable && whole.hasBarInCode ? scan(line, kind, false).text : whole.text
}

/** `trusting`: what a code span holds is code, and stays as it is even where it would be active elsewhere. */
function scan(line: string, kind: Kind, trusting: boolean): { text: string; hasBarInCode: boolean } {
  const closers = closersOf(line)
  const parts: string[] = []
  const openers: number[] = []
  let hasBarInCode = false
  for (let at = 0; at < line.length; ) {
    const span = spanAt(line, at, closers)
    const isCode = span !== undefined && (trusting || !active.test(span))
    hasBarInCode ||= isCode && span.includes('|')
    const taken = isCode ? { written: span, length: span.length } : wordsAt(line, at, kind)
    parts.push(taken.written)
    if (taken.written === '[') openers.push(parts.length - 1)
    const opener = taken.written.endsWith(']') && taken.length === 1 ? openers.pop() : undefined
    // The opening bracket does no harm any more; it gets its backslash so that a reader sees at once what it was.
    if (opener !== undefined && taken.written === '\\]') parts[opener] = '\\['
    at += taken.length
  }
  return { text: parts.join(''), hasBarInCode }
}

/** In code a joiner is no part of a word. */
function escapeSpans(line: string): string {
  if (!/[\u200c\u200d]/.test(line) || !line.includes('`')) return line
  const closers = closersOf(line)
  const parts: string[] = []
  for (let at = 0; at < line.length; ) {
    const span = spanAt(line, at, closers)
    const length = span?.length ?? Math.max(1, ticks(line, at))
    parts.push(span === undefined ? line.slice(at, at + length) : escapeText(span))
    at += length
  }
  return parts.join('')
}

type Taken = { written: string; length: number }

/** The code span that begins here, undefined where none does. */
function spanAt(line: string, at: number, closers: ReadonlyMap<number, number[]>): string | undefined {
  const length = ticks(line, at)
  const ends = closers.get(length) ?? []
  while (ends.length > 0 && (ends.at(-1) ?? 0) < at + length) ends.pop()
  const close = ends.at(-1)
  return length === 0 || close === undefined ? undefined : line.slice(at, close + length)
}

function ticks(line: string, at: number): number {
  let length = 0
  while (line[at + length] === '`') length += 1
  return length
}

/** Where the runs of back ticks of each length stand, the first one last. */
function closersOf(line: string): Map<number, number[]> {
  const closers = new Map<number, number[]>()
  for (const { 0: run, index } of line.matchAll(backTicks)) {
    const same = closers.get(run.length)
    if (same) same.push(index)
    else closers.set(run.length, [index])
  }
  for (const places of closers.values()) places.reverse()
  return closers
}

/** What is no code: back ticks without a partner, an escape, a link that may stay, words. */
function wordsAt(line: string, at: number, kind: Kind): Taken {
  const length = ticks(line, at)
  if (length > 0) return { written: '\\`'.repeat(length), length }
  if (line[at] === '\\') return backslashAt(line, at, kind)
  for (const pattern of [...openLinks, plain]) {
    pattern.lastIndex = at
    const found = pattern.exec(line)?.[0]
    if (found !== undefined) return { written: pattern === plain ? found : escapeText(found), length: found.length }
  }
  const character = line[at] ?? ''
  const isLast = kind === 'words' && at === line.length - 1
  // guard: neutral-inline
  const isActive = character === '[' ? line[at - 1] === '!' : isLast || active.test(line.slice(at, at + 2))
  return { written: isActive ? `\\${character}` : character, length: 1 }
}

function backslashAt(line: string, at: number, kind: Kind): Taken {
  const next = line[at + 1] ?? ''
  if (!punctuation.test(next)) return { written: '\\', length: 1 }
  return kind === 'markup' ? { written: `\\${next}`, length: 2 } : { written: '\\\\', length: 1 }
}
