import { clipLine } from '../../text/clip.ts'
import { codeLines } from '../../text/markdown-blocks.ts'

/** Something that has to be true once the work is done, as the spec says it. */
export type Criterion = {
  text: string
  /** Counted from 0, in the lines that were searched. */
  line: number
  /** It has a box that can be ticked. */
  hasBox: boolean
  /** A person ticked it before the work began. */
  isTicked: boolean
  /** The command whose success is the whole criterion. */
  command?: string
}

const names = /^(?:\d+[.)] *)?(?:acceptance )?(?:criteria|criterion)$|^(?:done when|definition of done)$/
const maxText = 500

/** The items of the section that says what has to be true: those with a box, or all of them where none has one. */
export function findCriteria(lines: readonly string[]): Criterion[] {
  const code = codeLines(lines)
  const items: Item[] = []
  /** The level of the heading that the section began with; 0 outside of one. */
  let level = 0
  let isOpen = false
  for (const [at, line] of lines.entries()) {
    if (code[at] === true) continue
    const heading = headingAt(lines, at)
    if (heading !== undefined) {
      if (level === 0 || heading.level <= level) level = names.test(plain(heading.text)) ? heading.level : 0
      isOpen = false
    } else if (level > 0) {
      isOpen = takeLine(line, at, { items, isOpen })
    }
  }
  const boxed = items.filter(({ hasBox }) => hasBox)
  const top = Math.min(...items.map(({ indent }) => indent))
  const wanted = boxed.length > 0 ? boxed : items.filter(({ indent }) => indent === top)
  return wanted.filter(({ text }) => text !== '').map(finished)
}

const itemLine = /^([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[([ xX])\](?:[ \t]+|$))?(.*)$/

type Item = Omit<Criterion, 'command'> & { indent: number }
type Reading = { items: Item[]; isOpen: boolean }

/** Whether the next line may go on with the last item. */
function takeLine(line: string, at: number, { items, isOpen }: Reading): boolean {
  const item = itemLine.exec(line)
  const last = items.at(-1)
  if (item === null) {
    if (!isOpen || last === undefined || line.trim() === '') return false
    last.text += ` ${line.trim()}`
    return true
  }
  const [, indent = '', box, text = ''] = item
  const isDetail = box === undefined && isOpen && last?.hasBox === true && indent.length > last.indent
  if (isDetail) last.text += ` ${text.trim()}`
  else {
    const isTicked = box !== undefined && box !== ' '
    items.push({ text: text.trim(), line: at, hasBox: box !== undefined, isTicked, indent: indent.length })
  }
  return true
}

type Heading = { level: number; text: string }

function headingAt(lines: readonly string[], at: number): Heading | undefined {
  const line = lines[at] ?? ''
  const [, marks, words = ''] = /^ {0,3}(#{1,6})(?:[ \t](.*))?$/.exec(line) ?? []
  const text = words.trim().replace(/(?:^|[ \t])#+$/, '')
  if (marks !== undefined) return { level: marks.length, text: text.trim() }
  const [, under] = /^ {0,3}(=+|-+)[ \t]*$/.exec(lines[at + 1] ?? '') ?? []
  if (under === undefined || line.trim() === '' || itemLine.test(line)) return undefined
  return { level: under.startsWith('=') ? 1 : 2, text: line.trim() }
}

/** The words of a heading without marks of emphasis and punctuation at the end. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[*_`]/g, '')
    .replace(/[\s:.]+$/, '')
    .trim()
}

/** The first heading, else the first line that says something. */
export function titleOf(lines: readonly string[]): string {
  const code = codeLines(lines)
  const headings = lines.flatMap((_, at) => (code[at] === true ? [] : [headingAt(lines, at)?.text ?? '']))
  const first = headings.find((text) => text !== '') ?? lines.find((line) => line.trim() !== '') ?? ''
  return clipLine(first.trim(), 120)
}

function finished({ text, line, hasBox, isTicked }: Item): Criterion {
  return { text: clipLine(text, maxText), line, hasBox, isTicked, command: commandIn(text) }
}

const success =
  /^`([^`]+)`\s+(?:passes|pass|succeeds|is green|stays green|is clean|runs clean|exits? (?:with )?(?:code )?0|runs without (?:errors?|failures?))(?:\s+(?:again|without (?:errors?|failures?|warnings?)))?[.!]?$/i

/** The command of a criterion that is nothing but a command in back ticks and a word for success. */
export function commandIn(text: string): string | undefined {
  const [, command = ''] = success.exec(text) ?? []
  const words = command.trim().split(/\s+/)
  const [program = ''] = words
  if (program === '') return undefined
  // One word alone may as well be a file or a name in the code.
  const isProgram = words.length > 1 || /^(?:[a-z][a-z0-9-]*|\.{1,2}\/\S+)$/.test(program)
  return isProgram ? command.trim() : undefined
}
