import { grammarOf, spacingOf } from './language.ts'
import { type Leaf, leavesOf } from './leaves.ts'
import { type Parsed, withTree } from './parse.ts'
import { meaningOf } from './spacing.ts'

/** A word, sign, literal or comment of a text. Two that are equal in `text` and `before` mean the same. */
export type Token = {
  /** As written; of a comment, without the indentation of its lines. */
  text: string
  isComment: boolean
  /** What its place says: the nodes that close and open in front of it, and the white space there, if it means something. */
  before: string
  /** Lines count from 1 and include both ends. */
  startLine: number
  endLine: number
}

/** JSON is an expression of JavaScript. The line break ends a comment at the end of the text. */
const wraps = new Map([['json', { grammar: 'javascript', head: '(', tail: '\n)' } as const]])

/** Texts that their programs read in another way than their grammar does. */
const oddities: Record<string, RegExp> = {
  // In an INI file every program has its own idea of a comment.
  ini: /^/,
  // Java decodes \u002a\u002f before it looks for the end of a comment.
  java: /\\u+00[0-7]/i,
  // Lines of a comment that go on: with blanks behind the backslash, or with its trigraph.
  c: /\\[ \t\f\v]+\r?(?:\n|$)|\?\?\//,
  cpp: /\\[ \t\f\v]+\r?(?:\n|$)|\?\?\//,
  css: /url\([^)"']*\/\*/i,
  // What is around the code is put out as it is.
  php: /^(?!<\?php\b)|\?>|__halt_compiler/i,
  // Some encodings have line breaks that are no line breaks before they are decoded.
  python: /^(?:.*\n)?.*coding[:=][ \t]*(?!utf-?8\b|latin-?1\b|ascii\b)/i,
}
/** Characters that end a line in some languages only. */
const oddBreak = /\r(?!\n)|[\u0085\u2028\u2029]/

/**
 * The tokens of a text in order. Undefined when they can't be known for certain: a language without a grammar, a text
 * that is not valid, or too long to parse.
 */
export async function tokensOf(text: string, language: string): Promise<Token[] | undefined> {
  const wrap = wraps.get(language)
  const grammar = wrap?.grammar ?? grammarOf(language)
  if (grammar === undefined || oddBreak.test(text) || oddities[language]?.test(text)) return undefined
  const source = wrap ? wrap.head + text + wrap.tail : text
  const read = (parsed: Parsed) => {
    const leaves = parsed.tree.rootNode.hasError ? undefined : leavesOf(source, parsed)
    return leaves && toTokens(source, leaves, language)
  }
  try {
    const tokens = await withTree(source, grammar, read, { whole: true })
    return wrap ? tokens?.slice(1, -1) : tokens
  } catch {
    // The parser is a program of its own: whatever it trips over, nothing is known about the text.
    return undefined
  }
}

/** Text between leaves that no node holds counts word by word. Other characters are not white space in every language. */
function toTokens(source: string, leaves: readonly Leaf[], language: string): Token[] | undefined {
  const all: Leaf[] = []
  let at = 0
  for (const leaf of [...leaves, wordAt(source.length, '')]) {
    if (leaf.start < at) return undefined
    for (const { 0: text, index } of source.slice(at, leaf.start).matchAll(/[^ \t\r\n]+/g)) {
      all.push(wordAt(at + index, text))
    }
    // Some grammars give a comment the line break behind it.
    const length = leaf.isComment
      ? source.slice(leaf.start, leaf.end).replace(/[ \t\r\n]+$/, '').length
      : leaf.end - leaf.start
    at = leaf.start + length
    if (length > 0) all.push({ ...leaf, end: at })
  }
  return place(source, all, language)
}

function wordAt(start: number, text: string): Leaf {
  return { start, end: start + text.length, isComment: false, shape: '', isMarkup: false }
}

function place(source: string, leaves: readonly Leaf[], language: string): Token[] {
  const spacing = spacingOf(language)
  let [at, line, space, hasBreak] = [0, 1, '', false]
  let previous: string | undefined
  return leaves.map(({ start, end, isComment, shape, isMarkup, text }) => {
    const gap = source.slice(at, start)
    const written = source.slice(start, end)
    const startLine = line + breaksIn(gap)
    const endLine = startLine + breaksIn(written)
    const ownLine = startLine > line || at === 0
    space += gap
    hasBreak ||= startLine > line || (isComment && endLine > startLine)
    at = end
    line = endLine
    if (isComment) {
      return { text: withoutIndentation(written), isComment, before: ownLine ? '\n' : '', startLine, endLine }
    }
    const meaning = isMarkup ? '' : meaningOf({ previous, next: written, space, hasBreak }, spacing)
    ;[previous, space, hasBreak] = [written, '', false]
    return { text: text ?? written, isComment, before: `${shape} ${meaning}`, startLine, endLine }
  })
}

function breaksIn(text: string): number {
  return text.split('\n').length - 1
}

/** The lines of a comment, moved to the left as far as they go together. */
function withoutIndentation(comment: string): string {
  const [first = '', ...rest] = comment.split('\n').map((line) => line.replace(/[ \t\r]+$/, ''))
  const indents = rest.filter((line) => line !== '').map((line) => /^[ \t]*/.exec(line)?.[0] ?? '')
  const shared = indents.reduce((one, other) => {
    let length = 0
    while (length < one.length && one[length] === other[length]) length += 1
    return one.slice(0, length)
  }, indents[0] ?? '')
  return [first, ...rest.map((line) => line.slice(shared.length))].join('\n')
}
