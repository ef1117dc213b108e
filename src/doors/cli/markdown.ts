import { escapeProse, escapeText } from '../../text/escape.ts'
import { type Paint, type Style, createPaint } from './terminal.ts'

export type MarkdownStream = { push: (text: string) => string; end: () => string }

/** What a line may still turn out to be while only its first characters are known. */
const undecided = /^\s{0,12}(?:[-*+]|\d{1,3}[.)]?|#{1,6}|>|`{1,3}|~{1,3})?$/
const prefixes = /^(\s*)(?:(#{1,6}) +|([-*+]) +|(\d{1,3}[.)]) +|(>) ?|(```+|~~~+))/

/** Half of a character, or joiners that what follows decides about. */
const openEnd = /[\u200c\u200d]{0,64}[\ud800-\udbff]?$/

/**
 * Renders Markdown for a terminal while it is written: text goes in as it comes, lines come out as far as they are
 * decided, nothing is ever rewritten. Untrusted text is escaped on its way in.
 */
export function createMarkdownStream(color: boolean): MarkdownStream {
  const paint = createPaint(color)
  const line = createLine(paint)
  let fence = ''
  let start = ''
  const escaped = createEscaped()

  const begin = (text: string): string => {
    const match = prefixes.exec(text)
    const marker = match?.[6]
    if (fence !== '' || marker !== undefined) {
      const closing = fence !== '' && text.trim().startsWith(fence)
      if (fence === '') fence = marker ?? ''
      else if (closing) fence = ''
      return line.verbatim(text, closing || marker === fence ? 'dim' : 'cyan')
    }
    if (match === null) return line.inline(text)
    return line.prefixed(match) + line.inline(text.slice(match[0].length))
  }

  const take = (character: string): string => {
    if (character === '\n') {
      const rest = line.started() ? '' : begin(start)
      start = ''
      return `${rest}${line.finish()}\n`
    }
    if (line.started()) return line.inline(character)
    start += character
    if (undecided.test(start)) return ''
    const decided = start
    start = ''
    return begin(decided)
  }

  return {
    push: (text) => [...escaped.push(text)].map(take).join(''),
    end() {
      const last = [...escaped.end()].map(take).join('')
      const rest = start === '' ? '' : begin(start)
      start = ''
      return last + rest + line.finish()
    },
  }
}

/** Escapes text as it comes. */
function createEscaped(): MarkdownStream {
  let held = ''
  /** The end of what was taken: it decides about a joiner that follows. */
  let taken = ''
  const take = (text: string): string => {
    const escaped = escapeProse(text, taken)
    taken = (taken + text).slice(-4)
    return escaped
  }
  return {
    push(text) {
      const whole = held + text
      held = openEnd.exec(whole)?.[0] ?? ''
      return take(whole.slice(0, whole.length - held.length))
    },
    end() {
      const last = take(held)
      held = ''
      return last
    },
  }
}

type Line = {
  started: () => boolean
  prefixed: (match: RegExpExecArray) => string
  inline: (text: string) => string
  verbatim: (text: string, style: Style) => string
  finish: () => string
}

/** One line under way: which styles are open, and a `*` whose meaning the next character decides. */
function createLine(paint: Paint): Line {
  let started = false
  let open: Style[] = []
  let star = false
  let raw = false

  const toggle = (style: Style): string => {
    const on = !open.includes(style)
    open = on ? [...open, style] : open.filter((other) => other !== style)
    return on ? paint.open(style) : paint.close(style)
  }
  const one = (character: string): string => {
    if (raw) return escapeText(character)
    const before = star ? '*' : ''
    if (character === '*' && !open.includes('cyan')) {
      star = !star
      return before === '' ? '' : toggle('bold')
    }
    star = false
    return before + (character === '`' ? toggle('cyan') : open.includes('cyan') ? escapeText(character) : character)
  }

  return {
    started: () => started,
    inline(text) {
      started = true
      return [...text].map(one).join('')
    },
    prefixed([, indent = '', heading, bullet, number, quote]) {
      started = true
      if (heading !== undefined) return toggle('bold') + (heading.length < 3 ? toggle('underline') : '')
      if (bullet !== undefined) return `${indent}• `
      if (number !== undefined) return `${indent}${number} `
      return quote === undefined ? indent : `${indent}${paint.open('dim')}│${paint.close('dim')} `
    },
    verbatim(text, style) {
      started = true
      raw = true
      return toggle(style) + escapeText(text)
    },
    finish() {
      const ending = (star ? '*' : '') + open.map((style) => paint.close(style)).join('')
      started = false
      open = []
      star = false
      raw = false
      return ending
    },
  }
}

/** A whole text at once. */
export function renderMarkdown(text: string, color: boolean): string {
  const stream = createMarkdownStream(color)
  return stream.push(text) + stream.end()
}
