/** What of a text is JSON. */
export type JsonInText = {
  /** Complete objects and lists, in their order. */
  whole: unknown[]
  /** Those inside, or behind, an object or a list that is broken somewhere. */
  inside: unknown[]
  /** Where the first broken one begins. */
  brokenAt?: number
}

/**
 * Finds every JSON object and list in a text, among prose, code and other braces. Each character is read a few times at
 * most, whatever the text is made of: a bracket that was part of one reading never starts another.
 */
export function jsonInText(text: string): JsonInText {
  const found: JsonInText = { whole: [], inside: [] }
  const tried = new Set<number>()
  for (let at = nextBracket(text, 0); at >= 0; ) {
    const read = tried.has(at) ? undefined : readJson(text, at, tried)
    if (read?.end !== undefined) {
      found[found.brokenAt === undefined ? 'whole' : 'inside'].push(...parsed(text, [[at, read.end]]))
      at = nextBracket(text, read.end)
      continue
    }
    if (read !== undefined && (read.closed.length > 0 || looksLikeJson(text, at))) {
      found.brokenAt ??= at
      found.inside.push(...parsed(text, read.closed))
    }
    at = nextBracket(text, at + 1)
  }
  return found
}

function parsed(text: string, spans: readonly Span[]): unknown[] {
  return spans.flatMap(([from, to]) => {
    try {
      return [JSON.parse(text.slice(from, to)) as unknown]
    } catch {
      return []
    }
  })
}

const bracket = /[[{]/g

function nextBracket(text: string, from: number): number {
  bracket.lastIndex = from
  return bracket.exec(text)?.index ?? -1
}

/** A brace in prose or code is followed by neither a key nor another object. */
function looksLikeJson(text: string, at: number): boolean {
  return /^(?:\{\s{0,99}["'\u201c\u2018]?[\w-]{1,40}["'\u201d\u2019]?\s{0,9}:|\[\s{0,99}[[{"])/.test(
    text.slice(at, at + 200),
  )
}

type Span = [from: number, to: number]

/** `end`: just behind the value. Without it, `closed` are the values inside that are whole, the outermost ones. */
type Read = { end?: number; closed: Span[] }

/** Characters that may follow, by what was read last. */
type Expected = 'value' | 'valueOrEnd' | 'keyOrEnd' | 'key' | 'colon' | 'commaOrEnd'

const scalar = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const blank = /[ \t\n\r]*/y

/** Reads one value by the grammar of JSON, without a call for each level. */
function readJson(text: string, start: number, tried: Set<number>): Read {
  const open: number[] = []
  const closed: Span[] = []
  let expected: Expected = 'value'
  for (let at = start; at < text.length; ) {
    at = ends(blank, text, at)
    const character = text[at] ?? ''
    const container = open.length === 0 ? '' : text[open.at(-1) ?? 0]
    if (character === closerOf(container) && expected !== 'value' && expected !== 'key' && expected !== 'colon') {
      const from = open.pop() ?? start
      while ((closed.at(-1)?.[0] ?? -1) > from) closed.pop()
      closed.push([from, at + 1])
      if (open.length === 0) return { end: at + 1, closed }
      at += 1
      expected = 'commaOrEnd'
    } else if (expected === 'colon' && character === ':') {
      at += 1
      expected = 'value'
    } else if (expected === 'commaOrEnd' && character === ',') {
      at += 1
      expected = container === '{' ? 'key' : 'value'
    } else if (expected === 'key' || expected === 'keyOrEnd') {
      const end = endOfString(text, at)
      if (end < 0) break
      at = end
      expected = 'colon'
    } else if (expected === 'value' || expected === 'valueOrEnd') {
      if (character === '{' || character === '[') {
        tried.add(at)
        open.push(at)
        at += 1
        expected = character === '{' ? 'keyOrEnd' : 'valueOrEnd'
        continue
      }
      const end = character === '"' ? endOfString(text, at) : ends(scalar, text, at)
      if (end <= at) break
      at = end
      expected = 'commaOrEnd'
    } else break
  }
  return { closed }
}

function closerOf(opener: string | undefined): string | undefined {
  return opener === '{' ? '}' : opener === '[' ? ']' : undefined
}

function ends(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/** Just behind the string that begins here, or -1. */
function endOfString(text: string, start: number): number {
  if (text[start] !== '"') return -1
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '"') return at + 1
    if (character === '\\') at += 1
    else if (character < ' ') return -1
  }
  return -1
}
