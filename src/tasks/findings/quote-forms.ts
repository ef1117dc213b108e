import { decodeEntities } from './squeeze.ts'

/** One line of a quote in the forms it may be meant in: as written first, then with one thing after another taken off. */
export type QuoteLine = {
  forms: readonly string[]
  /** The number that stood before it. */
  number?: number
}

/** Things that are taken off one line, at most. */
const maxDepth = 6
const maxLineChars = 2000
const maxLines = 200

/**
 * The ways in which a quote can be read, the one that trusts it most first: as it stands, then with line breaks and
 * quotation marks that were written out (`\n`, `\"`) put back.
 */
export function readQuote(quote: string): QuoteLine[][] {
  const unescaped = putBack(quote)
  const texts = unescaped === quote ? [quote] : [quote, unescaped]
  return texts.map(linesOfQuote).filter((lines) => lines.length > 0)
}

/** Lines with something on them, without code fences. */
export function linesOfQuote(quote: string): QuoteLine[] {
  return quote
    .split(/\r\n?|\n/, maxLines)
    .map((line) => line.slice(0, maxLineChars).trim())
    .filter((line) => line !== '' && !/^(?:`{3,}|~{3,})[^`]*$/.test(line))
    .map(formsOf)
}

function putBack(quote: string): string {
  return decodeEntities(quote)
    .replace(/\\r?\\n|\\n/g, '\n')
    .replace(/\\t/g, '\t')
    .replace(/\\(["'`\\/])/g, '$1')
}

function formsOf(line: string): QuoteLine {
  const forms = [line]
  let number: number | undefined
  for (let text = line; forms.length <= maxDepth; ) {
    const next = peel(text)
    if (next === undefined || next.text === '') break
    forms.push(next.text)
    text = next.text
    number ??= next.number
  }
  return { forms, number }
}

type Peeled = { text: string; number?: number }

/** What models put round a whole line: `code`, **bold**, "quotes". Brackets belong to code. */
const around: readonly (readonly [string, string])[] = [
  ['```', '```'],
  ['``', '``'],
  ['`', '`'],
  ['**', '**'],
  ['__', '__'],
  ['~~', '~~'],
  ['"', '"'],
  ["'", "'"],
  ['\u201c', '\u201d'],
  ['\u2018', '\u2019'],
  ['\u201e', '\u201c'],
  ['\u00ab', '\u00bb'],
  ['<code>', '</code>'],
  ['*', '*'],
  ['_', '_'],
]

/** `12 | code`, `+ 12 | code`, `12: code`, `L12: code`, `Line 12 - code`, `[12] code`, `12→code`, `12  code`. */
const numbered =
  /^(?:[-+~>*]\s*)?(?:l(?:ine)?\.?\s*)?[#[(]?(\d{1,7})(?:\s?[-–]\s?\d{1,7})?[\])]?(?:\s*(?:[|│┃:→⇥>).]|-+>?|=>)\s?|\s+)(?=\S)/i

/** `src/a.js:12: code`, `a.js(12): code`, `a.js: code`. */
const located = /^[\w@.\\/~-]{0,200}[\w-]\.\w{1,10}(?:[:(#]L?(\d{1,7})(?:[:,]\d{1,5})?\)?(?::\s*|\s+)|:\s+)(?=\S)/

const labelled = /^(?:code|line|quote|snippet|diff|source)\s*:\s*(?=\S)/i

/** `+`, `-`, `|`, `>`, a bullet. */
const marked = /^(?:[-+|│┃>*•·]|\d{1,3}[.)])\s*(?=\S)/

/** `code  // line 12`, `code (a.js:12)`, `code <-- here`. */
const remarked =
  /\s(?:(?:\/\/|#|--)?\s?[([]?(?:(?:at|on|in)\s)?(?:[\w./-]{1,200}:|lines?\s|L)\d{1,7}(?:[-–:]\d{1,7})?[)\]]?|(?:<--?|<==?|←|⟵).{0,80})$/i

/** One thing less, the most certain first; undefined when nothing is left to take off. */
function peel(line: string): Peeled | undefined {
  const inner = unwrapped(line)
  if (inner !== undefined) return { text: inner }
  for (const margin of [numbered, located, labelled, marked]) {
    const match = margin.exec(line)
    if (match === null) continue
    const text = line.slice(match[0].length).trim()
    return match[1] === undefined ? { text } : { text, number: Number(match[1]) }
  }
  const bare = line.replace(remarked, '')
  if (bare !== line) return { text: bare.trim() }
  return /(?<!\.)[.,;:]$/.test(line) ? { text: line.slice(0, -1).trim() } : undefined
}

function unwrapped(line: string): string | undefined {
  for (const [open, close] of around) {
    if (line.length > open.length + close.length && line.startsWith(open) && line.endsWith(close))
      return line.slice(open.length, -close.length).trim()
  }
  return undefined
}
