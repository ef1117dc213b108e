import { foldName } from '../../core/coerce.ts'
import type { ToolSpec } from '../../core/model.ts'

/** Takes text as it comes and gives back what can't belong to a call any more. What it keeps it never gives back. */
export type Gate = (text: string) => string

/** Marks that only calls have, as much of them as it takes to tell. */
const tagStart =
  /<(?:[|｜/]|\w{0,20}:?(?:tool|func|invoke|call|action|start_f))|\[(?:TOOL|ARGS)|\bfunctools\[|\bto=functions/
/** What may still become one. */
const tagPrefix =
  /(?:<[\w:]{0,20}|\[[A-Z]{0,4}|\bf(?:u(?:n(?:c(?:t(?:o(?:o(?:l(?:s)?)?)?)?)?)?)?)?|\b(?:t|to|to=\w{0,9}))$/
/** Words that name a call in front of it. */
const labels = ['action', 'tool', 'function', 'call', 'calling', 'name', 'invoke', 'invoking', 'commentary'].concat([
  'assistant',
  'use',
  'using',
  'run',
  'print',
  'await',
])
/** The first word of a line, behind what Markdown puts before it. */
const firstWord = /^[\s`*_#>\-/!$"']{0,40}([\w-]{0,60})/

/** A line of a text: words, and not a name with its value. */
const plain = /^\s{0,40}\p{L}[^:=\n]*(?:[^:=\n]{30}|[.!?,;]\s|\n)/u

/** As much of a line as says what it is. */
const enough = 240

type State = {
  names: readonly string[]
  /** Of the present line, what was neither given back nor is known to be kept. */
  pending: string
  isLineStart: boolean
  /** The last character that was given back. */
  last: string
  /** Lines that may be a call, the present one last. */
  held: { lines: string[]; line: string[]; head: string; start: string; fence: string } | undefined
  isCall: boolean
}

/** Lets the text of an answer through, and holds back a block that may be a call until plain text follows it. */
export function createGate(tools: readonly ToolSpec[]): Gate {
  const state: State = {
    names: tools.map(({ name }) => foldName(name)),
    pending: '',
    isLineStart: true,
    last: '',
    held: undefined,
    isCall: false,
  }
  return (text) => {
    if (tools.length === 0) return text
    if (state.isCall) return ''
    const out: string[] = []
    state.pending += text
    while (state.pending !== '' && !state.isCall) {
      const piece = state.held ? keep(state) : pass(state)
      if (piece === undefined) break
      out.push(piece)
      state.last = piece.at(-1) ?? state.last
    }
    return out.join('')
  }
}

/** Gives back text of an open line. Undefined: more has to be seen. */
function pass(state: State): string | undefined {
  if (state.isLineStart && mayCall(state.pending.slice(0, enough), state.names)) {
    state.held = { lines: [], line: [], head: '', start: '', fence: '' }
    return ''
  }
  const { pending } = state
  const end = pending.indexOf('\n') + 1
  const line = end === 0 ? pending : pending.slice(0, end)
  const tag = tagStart.exec(line)?.index ?? -1
  // An object behind a sentence.
  const object = (state.last + line).search(/[ \t]\{/) + 1 - state.last.length
  if (tag >= 0) {
    state.isCall = true
    return line.slice(0, tag)
  }
  if (object >= 0 && line[object] === '{') return hold(state, object)
  const kept = end === 0 ? (tagPrefix.exec(line.slice(-40))?.[0].length ?? 0) : 0
  const given = line.slice(0, line.length - kept)
  state.isLineStart = end > 0
  state.pending = pending.slice(given.length)
  return given === '' ? undefined : given
}

function hold(state: State, at: number): string {
  const given = state.pending.slice(0, at)
  state.pending = state.pending.slice(at)
  state.held = { lines: [], line: [], head: '', start: '', fence: '' }
  return given
}

/** Keeps a line that may be a part of a call, until one shows that it is not. */
function keep(state: State): string | undefined {
  const { held, names } = state
  if (held === undefined) return undefined
  const end = state.pending.indexOf('\n') + 1
  const piece = end === 0 ? state.pending : state.pending.slice(0, end)
  state.pending = state.pending.slice(piece.length)
  held.line.push(piece)
  if (held.head.length < enough) held.head += piece.slice(0, enough)
  if (held.start.length < enough) held.start += piece.slice(0, enough)
  const isFirst = held.lines.length === 0
  const isPlain = held.fence === '' && plain.test(held.head) && !mayCall(held.head, names)
  if (isPlain || (held.start.length < 2 * enough && !mayCall(held.start, names)))
    return letGo(state, isPlain && !isFirst)
  if (end === 0) return undefined
  const mark = /^\s*(`{3,}|~{3,})/.exec(held.head)?.[1]
  if (mark !== undefined) held.fence = held.fence === '' ? mark : mark.startsWith(held.fence) ? '' : held.fence
  held.lines.push(...held.line)
  held.line = []
  held.head = ''
  return ''
}

/** Gives back what was held; a plain line behind it is looked at as any other. */
function letGo(state: State, isBehind: boolean): string {
  const { lines = [], line = [] } = state.held ?? {}
  state.held = undefined
  state.pending = (isBehind ? line.join('') : '') + state.pending
  const given = [...lines, ...(isBehind ? [] : line)].join('')
  state.isLineStart = isBehind || given.endsWith('\n')
  return given
}

/** Whether text, of which this is known so far, may begin a call. */
function mayCall(text: string, names: readonly string[]): boolean {
  const start = text.trimStart()
  if (start === '' || /^[{[<]/.test(start)) return true
  const block = /^(?:`{3,}|~{3,})[^\n]*(?:\n([^]*))?/.exec(start)
  if (block !== null) return (block[1] ?? '').trim().length < 2 || mayCall(block[1] ?? '', names)
  const [whole = '', word = ''] = firstWord.exec(start) ?? []
  const folded = foldName(word)
  const isOpen = whole.length === start.length
  if (isOpen)
    return (
      word === '' ||
      isLabelWord(word) ||
      labels.some((one) => one.startsWith(word.toLowerCase())) ||
      names.some((name) => name.startsWith(folded))
    )
  if (names.includes(folded)) return true
  return isLabelWord(word) && isLabel(start.slice(whole.length), names)
}

/** What follows a word that may name a call: a sign, the name of a tool, or another such word. */
function isLabel(after: string, names: readonly string[]): boolean {
  const [whole = '', word = ''] = firstWord.exec(after) ?? []
  const isOpen = whole.length === after.length
  return /^[\s"'`*]{0,8}[:=({[<]/.test(after) || isOpen || isLabelWord(word) || names.includes(foldName(word))
}

function isLabelWord(word: string): boolean {
  return labels.includes(word.toLowerCase().split('_', 1)[0] ?? '')
}
