import { type Found, matchAt, skipBlank } from './claim.ts'

/** Nested deeper, nothing is the arguments of a call. */
const maxDepth = 32

/** Delimiters of text in Gemma's own notation; between them everything counts as written. */
const rawQuotes = ['<|"|>', '<escape>', '"""', "'''"]
const quotes: Record<string, string> = { '"': '"', "'": "'", '`': '`', '“': '”', '‘': '’', '«': '»', '„': '“' }
const closers: Record<string, string> = { '{': '}', '(': ')', '[': ']' }

/** Values without names, in the order in which they stand: `("a.js", 5)`. */
export const positional = ''

/** The JSON object or list at `at`, by its brackets: whatever follows is left alone. */
export function readJson(text: string, at: number): Found<unknown> | undefined {
  const start = skipBlank(text, at)
  const end = endOfJson(text, start)
  if (end === undefined) return undefined
  try {
    return { value: JSON.parse(text.slice(start, end)) as unknown, end }
  } catch {
    return undefined
  }
}

/**
 * The value at `at` as a model writes one: JSON, Python, JavaScript or Gemma's notation, with other quotation marks, names
 * without any, commas too many or too few, closing brackets missing at the end of the text. A text that is not closed is
 * no value. `(…)` gives an object too, with `positional` for what has no name.
 */
export function readLoose(text: string, at: number, depth = 0): Found<unknown> | undefined {
  if (depth > maxDepth) return undefined
  const start = skipBlank(text, at)
  const first = text[start] ?? ''
  if (first === '{' || first === '(') return readFields(text, start, depth)
  if (first === '[') return readList(text, start, depth)
  const quoted = readQuoted(text, start)
  if (quoted !== undefined) return quoted
  const word = matchAt(/(?![<`])[^,(){}[\]"'\n;]{1,1000}/y, text, start)
  return word && { value: meaningOf(word[0].trim()), end: start + word[0].length }
}

/** A text in quotation marks of any kind. */
export function readQuoted(text: string, at: number): Found<string> | undefined {
  for (const quote of rawQuotes) {
    if (!text.startsWith(quote, at)) continue
    const end = text.indexOf(quote, at + quote.length)
    return end < 0 ? undefined : { value: text.slice(at + quote.length, end), end: end + quote.length }
  }
  // Letters before a quotation mark say how Python reads it.
  const prefix = matchAt(/[rbuf]{1,2}(?=["'])/iy, text, at)?.[0] ?? ''
  const close = quotes[text[at + prefix.length] ?? '']
  return close === undefined ? undefined : readString(text, at + prefix.length, close, /r/i.test(prefix))
}

function readFields(text: string, at: number, depth: number): Found<Record<string, unknown>> | undefined {
  const close = closers[text[at] ?? ''] ?? ''
  const fields: [string, unknown][] = []
  const unnamed: unknown[] = []
  let next = skipBlank(text, at + 1)
  for (;;) {
    const end = endOfGroup(text, next, close)
    if (end !== undefined) {
      if (unnamed.length > 0) fields.push([positional, unnamed])
      return { value: Object.fromEntries(fields), end }
    }
    const key = matchAt(/["'`“”]?([\w-]{1,64})["'`“”]?\s{0,8}(?::=|=>|[:=])/y, text, next)
    const found = readLoose(text, key ? next + key[0].length : next, depth + 1)
    if (found === undefined || (key === undefined && close !== ')')) return undefined
    if (key === undefined) unnamed.push(found.value)
    else fields.push([key[1] ?? '', found.value])
    const after = nextItem(text, found.end)
    if (after === undefined) return undefined
    next = after
  }
}

function readList(text: string, at: number, depth: number): Found<unknown[]> | undefined {
  const items: unknown[] = []
  let next = skipBlank(text, at + 1)
  for (;;) {
    const end = endOfGroup(text, next, ']')
    if (end !== undefined) return { value: items, end }
    const found = readLoose(text, next, depth + 1)
    if (found === undefined) return undefined
    items.push(found.value)
    const after = nextItem(text, found.end)
    if (after === undefined) return undefined
    next = after
  }
}

/** The place behind a closing bracket, or where what is around the call begins without it. */
function endOfGroup(text: string, at: number, close: string): number | undefined {
  if (text[at] === close) return at + 1
  const isOver =
    at >= text.length || matchAt(/(?<=\n)```|<\/\w|<[|｜][\w▁]{1,30}[|｜]?>|<[\w▁]{1,30}\|>/y, text, at) !== undefined
  return isOver ? at : undefined
}

/** Where the next item of a group begins, or its end; a comma may be missing where that is clear. */
function nextItem(text: string, at: number): number | undefined {
  const next = skipBlank(text, at)
  if (text[next] === ',' || text[next] === ';') return skipBlank(text, next + 1)
  const isClear =
    next >= text.length || matchAt(/[)}\]<`"'{[]|["'`“”]?[\w-]{1,64}["'`“”]?\s{0,8}[:=]/y, text, next) !== undefined
  return isClear ? next : undefined
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '/': '/', '\\': '\\' }

/** What ends a text in quotation marks, or has a meaning in it. Text in backticks is on one line. */
const stops = new Map(
  Object.values(quotes).map((close) => [close, close === '`' ? /[\\`\n]/g : new RegExp(`[\\\\${close}]`, 'g')]),
)

/** As in Python, an unknown escape keeps its backslash: regular expressions are written so. */
function readString(text: string, at: number, close: string, isRaw: boolean): Found<string> | undefined {
  const parts: string[] = []
  const stop = stops.get(close) as RegExp
  for (let next = at + 1; ; ) {
    stop.lastIndex = next
    const found = stop.exec(text)?.index
    if (found === undefined || (text[found] === '\n' && close === '`')) return undefined
    parts.push(text.slice(next, found))
    if (text[found] === close) return { value: parts.join(''), end: found + 1 }
    const [piece, length] = escapeAt(text, found, isRaw)
    parts.push(piece)
    next = found + length
  }
}

function escapeAt(text: string, at: number, isRaw: boolean): [piece: string, length: number] {
  const escaped = text[at + 1] ?? ''
  const code = matchAt(/u([0-9a-f]{4})/iy, text, at + 1)
  if (isRaw) return [`\\${escaped}`, 2]
  if (code) return [String.fromCharCode(Number.parseInt(code[1] ?? '', 16)), 6]
  return [escapes[escaped] ?? (escaped in quotes ? escaped : `\\${escaped}`), 2]
}

function endOfJson(text: string, start: number): number | undefined {
  if (text[start] !== '{' && text[start] !== '[') return undefined
  const next = /["{}[\]]/g
  next.lastIndex = start
  let depth = 0
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    if (found[0] === '"') {
      const end = endOfString(text, found.index + 1)
      if (end === undefined) return undefined
      next.lastIndex = end
    } else if (found[0] === '{' || found[0] === '[') {
      depth += 1
      if (depth > maxDepth) return undefined
    } else {
      depth -= 1
      if (depth === 0) return found.index + 1
    }
  }
  return undefined
}

function endOfString(text: string, at: number): number | undefined {
  const next = /["\\]/g
  next.lastIndex = at
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    if (found[0] === '"') return found.index + 1
    next.lastIndex = found.index + 2
  }
  return undefined
}

function meaningOf(word: string): unknown {
  if (/^(?:true|false)$/i.test(word)) return word.toLowerCase() === 'true'
  if (/^(?:null|none|undefined|nil)$/i.test(word)) return null
  return /^-?\d+(?:\.\d+)?$/.test(word) ? Number(word) : word
}
