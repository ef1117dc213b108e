import { escapeProse, escapeText } from '../../text/escape.ts'
import { type CodeColours, type ShadeLine, coloursFor, paintCode } from './code-colours.ts'
import { type Layout, type Line, type Prefix, createLine } from './markdown-line.ts'
import { isDelimiter, renderTable } from './markdown-table.ts'
import { styleOfPatchLine } from './patch.ts'
import { type Style, createPaint } from './terminal.ts'

export type MarkdownStream = {
  push: (text: string) => string
  end: () => string
  /** What was taken is not to be seen yet, and the next text begins a line: the row of a table, whose others may follow. */
  isHolding: () => boolean
  /** Ends the line that is under way, and shows what is held. */
  settle: () => string
}

/** `columns`: of the terminal; without it, lines are as long as they come. `code`: colours for what fences hold. */
export type MarkdownScreen = { color: boolean; columns?: number | undefined; code?: CodeColours | undefined }

/** What a line may still turn out to be while only its first characters are known. */
const undecided = /^\s{0,12}(?:[-*+]|\d{1,3}[.)]?|#{1,6}|>|`{1,3}|~{1,3}|(?:[-*_] ?){1,80})?$/
const prefixes = /^(\s*)(?:(#{1,6}) +|([-*+]) +|(\d{1,3}[.)]) +|(>) ?|(```+|~~~+))/
const rule = /^ {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$/

/** Half of a character, or joiners that what follows decides about. */
const openEnd = /[\u200c\u200d]{0,64}[\ud800-\udbff]?$/

/** More rows than anybody reads are shown as they come. */
const maxRows = 200

/**
 * Renders Markdown for a terminal while it is written: text goes in as it comes, words come out as far as they are
 * decided, nothing is ever rewritten. Untrusted text is escaped on its way in.
 */
export function createMarkdownStream(screen: MarkdownScreen): MarkdownStream {
  const { color, columns = Number.POSITIVE_INFINITY } = screen
  const layout: Layout = { paint: createPaint(color), columns }
  const blocks = createBlocks(layout, color ? screen.code : undefined)
  const escaped = createEscaped()
  const take = (text: string) => [...text].map(blocks.take).join('')
  return {
    push: (text) => take(escaped.push(text)),
    end: () => take(escaped.end()) + blocks.end(),
    isHolding: blocks.isHolding,
    settle: () => take(escaped.end()) + blocks.settle(),
  }
}

type Blocks = {
  take: (character: string) => string
  end: () => string
  settle: () => string
  isHolding: () => boolean
}

/** What the line under way is; `open` at its beginning, when its first characters don't tell. */
type Kind = 'open' | 'prose' | 'code' | 'row'

/** Lines of Markdown, read character by character as they come. */
function createBlocks(layout: Layout, colours: CodeColours | undefined): Blocks {
  const line = createLine(layout)
  const code = createCode(layout, colours)
  const rows = createRows(layout, line)
  const now: { kind: Kind; text: string } = { kind: 'open', text: '' }

  /** Text that is known to be no row of a table begins a line. */
  const begin = (): string => {
    const { text } = now
    const before = rows.end()
    if (code.isOpen() || prefixes.exec(text)?.[6] !== undefined) {
      now.kind = 'code'
      return before
    }
    Object.assign(now, { kind: 'prose', text: '' })
    return before + beginProse(text, layout, line)
  }
  const endLine = (): string => {
    const isRule = now.kind === 'open' && !code.isOpen() && rule.test(now.text)
    const isEmpty = now.kind === 'open' && !code.isOpen() && now.text === ''
    const before = now.kind !== 'open' ? '' : isRule || isEmpty ? rows.end() : begin()
    const { kind, text } = now
    Object.assign(now, { kind: 'open', text: '' })
    if (isRule) return `${before}${code.shade('─'.repeat(Math.min(layout.columns, maxRule)), 'dim')}\n`
    if (isEmpty) return `${before}\n`
    if (kind === 'code') return `${before}${code.line(text)}\n`
    if (kind === 'prose') return `${before}${line.finish()}\n`
    return rows.add(text)
  }
  const take = (character: string): string => {
    if (character === '\n') return endLine()
    if (now.kind === 'prose') return line.inline(character)
    now.text += character
    if (now.kind !== 'open') return ''
    if (code.isOpen()) return begin()
    if (/^ {0,3}\|/.test(now.text)) now.kind = 'row'
    return now.kind === 'row' || undecided.test(now.text) ? '' : begin()
  }
  const isBegun = () => now.kind !== 'open' || now.text !== ''
  return {
    take,
    isHolding: () => rows.isHolding() && now.kind !== 'prose',
    settle: () => (isBegun() ? endLine() : '') + rows.end(),
    end() {
      if (!isBegun()) return rows.end()
      // The last line ends as the text does.
      return now.kind === 'row' ? endLine() + rows.end() : endLine().slice(0, -1)
    },
  }
}

type Rows = { add: (row: string) => string; end: () => string; isHolding: () => boolean }

/** Lines that may be a table, which is known when it ends. */
function createRows(layout: Layout, line: Line): Rows {
  let rows: string[] = []
  const end = (): string => {
    const all = rows
    rows = []
    if (all.length > 1 && isDelimiter(all[1] ?? '')) return renderTable(all, layout)
    return all.map((row) => `${line.begin(hanging('', 0))}${line.inline(row)}${line.finish()}\n`).join('')
  }
  return {
    add(row) {
      rows.push(row)
      return rows.length > maxRows ? end() : ''
    },
    end,
    isHolding: () => rows.length > 0,
  }
}

const maxRule = 40

type Code = {
  isOpen: () => boolean
  /** A fence, or a line between two. */
  line: (text: string) => string
  shade: (text: string, style: Style) => string
}

function createCode({ paint }: Layout, colours: CodeColours | undefined): Code {
  /** Of the fence that is open. */
  let mark = ''
  let isPatch = false
  let shadeLine: ShadeLine | undefined
  const visible = (text: string) => [...text].map((character) => escapeText(character)).join('')
  const shade = (text: string, style: Style) =>
    text === '' ? '' : `${paint.open(style)}${visible(text)}${paint.close(style)}`
  const inside = (text: string) => {
    if (shadeLine !== undefined) return paintCode(shadeLine(visible(text)), paint)
    const style = isPatch ? styleOfPatchLine(text) : 'cyan'
    return style === undefined ? escapeText(text) : shade(text, style)
  }
  return {
    isOpen: () => mark !== '',
    shade,
    line(text) {
      const trimmed = text.trim()
      if (mark === '') {
        mark = /^(?:`+|~+)/.exec(trimmed)?.[0] ?? ''
        const info = trimmed.slice(mark.length).trim()
        isPatch = /^(?:diff|patch)\b/i.test(info)
        shadeLine = isPatch ? undefined : colours?.begin(info)
        return shade(text, 'dim')
      }
      const isEnd = trimmed.startsWith(mark) && /^(?:`+|~+)$/.test(trimmed)
      if (isEnd) mark = ''
      return isEnd ? shade(text, 'dim') : inside(text)
    },
  }
}

function hanging(indent: string, width: number): Prefix {
  return { first: indent, hanging: ' '.repeat(width), width }
}

function beginProse(text: string, layout: Layout, line: Line): string {
  const match = prefixes.exec(text)
  if (match !== null) return beginMarked(match, layout, line.begin) + line.inline(text.slice(match[0].length))
  const indent = /^ */.exec(text)?.[0] ?? ''
  return line.begin(hanging(indent, indent.length)) + line.inline(text.slice(indent.length))
}

/** A heading, an item of a list or a quotation: its prefix and its style. */
function beginMarked(
  [, indent = '', heading, bullet, number, quote]: RegExpExecArray,
  { paint }: Layout,
  begin: (prefix: Prefix, styles?: readonly Style[]) => string,
): string {
  if (heading !== undefined) return begin(hanging('', 0), heading.length < 3 ? ['bold', 'underline'] : ['bold'])
  if (quote !== undefined) {
    const bar = `${indent}${paint.open('dim')}│${paint.close('dim')} `
    return begin({ first: bar, hanging: bar, width: indent.length + 2 })
  }
  const mark = bullet === undefined ? `${indent}${number ?? ''} ` : `${indent}• `
  return begin({ first: mark, hanging: ' '.repeat(mark.length), width: mark.length })
}

/** Escapes text as it comes. */
function createEscaped(): Pick<MarkdownStream, 'push' | 'end'> {
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

/** A whole text at once. */
export function renderMarkdown(text: string, screen: MarkdownScreen): string {
  const stream = createMarkdownStream(screen)
  return stream.push(text) + stream.end()
}

/** The same, with colours for the code in its fences. */
export async function renderForScreen(text: string, screen: MarkdownScreen): Promise<string> {
  return renderMarkdown(text, { ...screen, code: screen.color ? await coloursFor(text) : undefined })
}
