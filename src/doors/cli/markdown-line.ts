import { escapeText } from '../../text/escape.ts'
import { displayWidth } from '../../text/width.ts'
import type { Paint, Style } from './terminal.ts'

/** How text is laid out: `columns` is infinite where lines are not wrapped. */
export type Layout = { paint: Paint; columns: number }

/** The prefix of a line, and that of its continuation lines. */
export type Prefix = { first: string; hanging: string; width: number }

export type Line = {
  begin: (prefix: Prefix, styles?: readonly Style[]) => string
  /** Text of the line as it comes. */
  inline: (text: string) => string
  finish: () => string
}

/** One line of Markdown under way: its words are written as soon as they are whole, in as many lines as they take. */
export function createLine(layout: Layout): Line {
  const words = createWords(layout)
  let base: readonly Style[] = []
  let pending = ''
  const take = (isEnd: boolean) => {
    let out = ''
    for (let token = nextToken(pending, isEnd); token !== undefined; token = nextToken(pending, isEnd)) {
      pending = pending.slice(token.length)
      out += writeToken(token, base, words)
    }
    return out
  }
  return {
    begin(prefix, styles = []) {
      base = styles
      return words.begin(prefix)
    },
    inline(text) {
      let out = ''
      for (const character of text) {
        pending += character
        out += take(false)
      }
      return out
    },
    finish() {
      const out = take(true) + words.end()
      pending = ''
      return out
    },
  }
}

/** A piece of a line whose meaning is settled: `length` characters of it. */
type Token = {
  length: number
  text: string
  styles: readonly Style[]
  kind: 'text' | 'code' | 'nested'
  after?: string
}

/** Further on, a mark that was not closed is taken for itself. */
const maxSpan = 300

/** Without `__`, which begins and ends names more often than bold text. */
const spans: readonly [pattern: RegExp, token: (match: RegExpExecArray) => Omit<Token, 'length'>][] = [
  [/^\\([!-/:-@[-`{-~])/, ([, text = '']) => ({ text, styles: [], kind: 'text' })],
  [/^(`+)(?!`)([^]*?[^`])\1(?!`)/, ([, , text = '']) => ({ text, styles: ['cyan'], kind: 'code' })],
  [/^\*\*(?=[^\s*])([^]*?[^\s])\*\*(?!\*)/, ([, text = '']) => ({ text, styles: ['bold'], kind: 'nested' })],
  [/^\*(?=[^\s*])([^*]*?[^\s*])\*(?!\*)/, ([, text = '']) => ({ text, styles: ['italic'], kind: 'nested' })],
  [/^_(?=[^\s_])([^_]*?[^\s_])_(?!\w)/, ([, text = '']) => ({ text, styles: ['italic'], kind: 'nested' })],
  [
    /^!?\[([^[\]\n]*)\]\(<?([^()\s<>]+)>?(?:\s+"[^"\n]*")?\)/,
    // Where it leads is always shown.
    ([, text = '', to = '']) => ({ text, styles: ['underline'], kind: 'nested', after: text === to ? '' : ` (${to})` }),
  ],
]

/** Nothing while it takes more of the line to tell. */
function nextToken(pending: string, isEnd: boolean): Token | undefined {
  if (pending === '') return undefined
  // Behind a letter, an underscore is a part of a name.
  const plain = /^(?:[\p{L}\p{N}][\p{L}\p{N}_]*(?=[^\p{L}\p{N}_])|[^`*_!\\[\p{L}\p{N}]+)/u.exec(pending)?.[0]
  if (plain !== undefined) return { length: plain.length, text: plain, styles: [], kind: 'text' }
  const isSpan = /^[`*_!\\[]/.test(pending)
  if (isSpan) {
    for (const [pattern, make] of spans) {
      const match = pattern.exec(pending)
      // What follows may belong to the closing mark.
      if (match !== null && (isEnd || match[0].length < pending.length || /^\\|\)$/.test(match[0])))
        return { length: match[0].length, ...make(match) }
    }
  }
  if (!isEnd && pending.length < maxSpan && (isSpan ? mayOpen(pending) : true)) return undefined
  const literal = isSpan ? (/^(?:`+|\*+|_+|!|\\|\[)/.exec(pending)?.[0] ?? '') : /^[\p{L}\p{N}_]+/u.exec(pending)?.[0]
  const text = literal === undefined || literal === '' ? pending.slice(0, 1) : literal
  return { length: text.length, text, styles: [], kind: 'text' }
}

/** Whether a mark at the beginning may still open a span. */
function mayOpen(pending: string): boolean {
  if (pending.startsWith('\\')) return pending === '\\'
  if (pending.startsWith('!')) return pending === '!' || pending.startsWith('![')
  if (pending.startsWith('[')) return /^\[[^[\]]*(?:\](?:\([^()\s]*(?:\s[^)]*)?)?)?$/.test(pending)
  return /^(?:`+|\*+|_+)(?:$|\S)/.test(pending) && !/^\*{4}/.test(pending)
}

function writeToken({ text, styles, kind, after = '' }: Token, base: readonly Style[], words: Words): string {
  const all = [...base, ...styles.filter((style) => !base.includes(style))]
  if (kind === 'text') return words.put(text, base)
  // In code a joiner is one more character to see.
  if (kind === 'code') return words.put([...text].map((character) => escapeText(character)).join(''), all)
  let out = ''
  let rest = text
  for (let token = nextToken(rest, true); token !== undefined; token = nextToken(rest, true)) {
    rest = rest.slice(token.length)
    out += writeToken(token, all, words)
  }
  return out + words.put(after, base)
}

type Words = {
  begin: (prefix: Prefix) => string
  put: (text: string, styles: readonly Style[]) => string
  end: () => string
}

type Piece = { text: string; styles: readonly Style[] }

/** Writes words into lines of the width, each as soon as it is whole. */
function createWords(layout: Layout): Words {
  const pen = createPen(layout)
  let word: Piece[] = []
  const endWord = (): string => {
    const out = pen.word(word)
    word = []
    return out
  }
  return {
    begin: pen.begin,
    put(text, styles) {
      let out = ''
      for (const part of text.split(/([ \t])/)) {
        if (part === ' ' || part === '\t') out += endWord() + pen.blank(styles)
        else if (part !== '') word.push({ text: part, styles })
      }
      return out
    },
    end: () => endWord() + pen.end(),
  }
}

type Pen = {
  begin: (prefix: Prefix) => string
  word: (pieces: readonly Piece[]) => string
  blank: (styles: readonly Style[]) => string
  end: () => string
}

/** Knows the column and the styles that are open. */
function createPen({ paint, columns }: Layout): Pen {
  let prefix: Prefix = { first: '', hanging: '', width: 0 }
  let column = 0
  let current: readonly Style[] = []
  const style = (next: readonly Style[]): string => {
    if (next.join() === current.join()) return ''
    const codes = current.map(paint.close).reverse().join('') + next.map(paint.open).join('')
    current = next
    return codes
  }
  const write = ({ text, styles }: Piece): string => {
    column += displayWidth(text)
    return style(styles) + text
  }
  /** Begins a new line unless that many columns are free; never right behind the indent. */
  const makeRoom = (width: number): string => {
    if (column + width <= columns || column <= prefix.width) return ''
    column = prefix.width
    return `${style([])}\n${prefix.hanging}`
  }
  /** A word that is wider than a line, as in scripts without blanks, is broken between characters. */
  const broken = ({ text, styles }: Piece): string => {
    if (!/^[ -~]*$/.test(text)) {
      const segments = [...new Intl.Segmenter().segment(text)].map(({ segment }) => ({ text: segment, styles }))
      return segments.map((piece) => makeRoom(displayWidth(piece.text)) + write(piece)).join('')
    }
    let out = ''
    for (let at = 0, end = 0; at < text.length; at = end) {
      out += makeRoom(1)
      end = at + Math.max(1, columns - column)
      out += write({ text: text.slice(at, end), styles })
    }
    return out
  }
  return {
    begin(next) {
      prefix = next
      column = next.width
      return next.first
    },
    word(pieces) {
      const width = pieces.reduce((sum, { text }) => sum + displayWidth(text), 0)
      if (width <= columns - prefix.width) return makeRoom(width) + pieces.map(write).join('')
      return pieces.map(broken).join('')
    },
    // At the edge the next word begins a line anyway.
    blank: (styles) => (column < columns ? write({ text: ' ', styles }) : ''),
    end: () => style([]),
  }
}
