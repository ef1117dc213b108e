import { isRecord } from '../../core/fits.ts'
import type { ToolSpec } from '../../core/model.ts'
import { type Claim, type Found, matchAt, skipBlank } from './claim.ts'
import { positional, readLoose, readQuoted } from './loose.ts'
import { findOffered, spellings } from './offered.ts'
import { createPairReader, type PairReader } from './pairs.ts'

/** What frames the name of a call: words or marks say that it is one, or even a label (`Action:`, a tag). */
type Frame = { isMarked: boolean; isLabelled: boolean }

/** A call around the name of an offered tool. */
type NamedCall = Claim & Frame

export type NamedReader = {
  /** The name at or behind `at`, with nothing before it but what frames a call. */
  head(text: string, at: number): Found<{ tool: ToolSpec } & Frame> | undefined
  /** The call at `at`: a head and its arguments in whatever form. */
  call(text: string, at: number): Found<NamedCall> | undefined
}

/** More frames than this are no call. */
const maxFrames = 24

const blank = /\s{1,200}/y
const fence = /(?:`{3,}|~{3,})[\w-]{0,20}[ \t]*\n?/y
const tag = /<\/?[|｜]?[^<>\n]{1,80}>/y
const shouted = /\[CALL_ID\]\w{1,64}|\[\/?[A-Z][A-Z_ ]{1,30}\]/y
const word = /[A-Za-z][A-Za-z_]{0,40}/y
const sign = /[`*_#>\-+•|:=.,;"'“”‘’(){}[\]$@!/\\→<]|\d{1,2}[.)]?(?=\s)/y
const marking =
  /^(?:tools?|calls?|calling|called|functions?|actions?|invok(?:e|ing)|commentary|run(?:ning)?|execut(?:e|ing)|use|using)$/i
const framing =
  /^(?:name|request|command|method|type|to|assistant|json|xml|yaml|python|code|print|await|return|const|let|var|result|default|api|client|self|and|then|now|next|step|the|id|function|begin|start|recipient|functools)$/i
const inputWord =
  /^(?:arguments?|args?|param(?:eter)?s?|inputs?|kwargs|payload|options|with|json|code|action|tool|function|call|the|following|object|constrain|message|commentary)$/i

/** Reads calls of these tools whatever frames them, its parts told by the names of the tool and of its parameters. */
export function createNamedReader(tools: readonly ToolSpec[]): NamedReader {
  if (tools.length === 0) return { head: () => undefined, call: () => undefined }
  const name = new RegExp(`(?:${tools.map((tool) => spellings(tool.name)).join('|')})(?![\\w])`, 'iy')
  const opening = new RegExp(`<[^<>\\n]{0,60}?(?=${name.source})`, 'iy')
  const space = new RegExp(`[\\w-]{1,40}?(?:[.:/]|__)(?=${name.source})`, 'iy')
  const readers = new Map(tools.map((tool) => [tool, createPairReader(tool)]))

  function head(text: string, at: number) {
    const frame: Frame = { isMarked: false, isLabelled: false }
    let isWord = false
    for (let next = at, count = 0; count < maxFrames; count += 1) {
      const found = matchAt(name, text, next)
      const tool = found && findOffered(found[0], tools)
      if (found && tool) return { value: { tool, ...frame }, end: next + found[0].length }
      const opened = matchAt(opening, text, next)
      const piece = (opened ?? matchAt(space, text, next))?.[0] ?? frameAt(text, next)
      if (piece === undefined || piece === '') return undefined
      const isMark = opened !== undefined || /^[<[]./.test(piece) || /^(?:`{3,}|~{3,})tool/.test(piece)
      frame.isLabelled ||= isMark || (isWord && /^[:=]/.test(piece))
      if (/^[A-Za-z]/.test(piece)) isWord = piece.split('_').some((part) => marking.test(part))
      frame.isMarked ||= isWord || frame.isLabelled
      next += piece.length
    }
    return undefined
  }

  return {
    head,
    call(text, at) {
      const found = head(text, at)
      if (found === undefined) return undefined
      const { tool, isMarked, isLabelled } = found.value
      const given = readArguments(text, found.end, readers.get(tool) as PairReader)
      if (given === undefined || (given.isEmpty && !isLabelled)) return undefined
      return { value: { name: tool.name, arguments: given.value, isMarked, isLabelled }, end: given.end }
    },
  }
}

/** A piece of what frames a call: blank space, marks, words such as "tool" and "name", punctuation. */
export function frameAt(text: string, at: number): string | undefined {
  const plain = plainFrameAt(text, at)
  if (plain !== undefined) return plain
  const words = matchAt(word, text, at)?.[0]
  if (words === undefined) return matchAt(sign, text, at)?.[0]
  return words.split('_').every((part) => part === '' || marking.test(part) || framing.test(part)) ? words : undefined
}

function plainFrameAt(text: string, at: number): string | undefined {
  const found =
    matchAt(blank, text, at) ?? matchAt(fence, text, at) ?? matchAt(tag, text, at) ?? matchAt(shouted, text, at)
  return found?.[0]
}

type Given = { value: unknown; end: number; isEmpty: boolean }

/** What follows a name: arguments in brackets or braces, as pairs in markup or on lines, or one bare value. */
function readArguments(text: string, at: number, pairs: PairReader): Given | undefined {
  const method = matchAt(/\.(?:call|run|execute|invoke|apply)(?=\()/y, text, at)
  const start = at + (method?.[0].length ?? 0)
  let next = start
  let isLabelled = false
  for (let count = 0; count < maxFrames; count += 1) {
    const group = text[next] === '(' || text[next] === '{' ? readGroup(text, next, pairs) : undefined
    if (group !== undefined) return group
    if (text[next] === '(' || text[next] === '{') return undefined
    const found = pairs.read(text, next)
    if (found !== undefined) return { ...found, isEmpty: false }
    const frame = labelAt(text, next)
    if (frame === undefined) break
    isLabelled ||= /^[A-Za-z]/.test(frame)
    next += frame.length
  }
  return readBare(text, start, { next, isLabelled }) ?? { value: {}, end: start, isEmpty: true }
}

/** What may stand between a name and its arguments. */
function labelAt(text: string, at: number): string | undefined {
  const plain = plainFrameAt(text, at)
  if (plain !== undefined) return plain
  const words = matchAt(word, text, at)?.[0]
  if (words === undefined) return matchAt(/[`*_:=,;"'>|.\-→]/y, text, at)?.[0]
  return words.split('_').every((part) => part === '' || inputWord.test(part)) ? words : undefined
}

/** `{…}` or `(…)`; one object inside is the arguments, and values without names follow the order of the parameters. */
function readGroup(text: string, at: number, { names }: PairReader): Given | undefined {
  const found = readLoose(text, at)
  if (found === undefined || !isRecord(found.value)) return undefined
  const { [positional]: unnamed = [], ...given } = found.value
  const values = unnamed as unknown[]
  const [first] = values
  const isEmpty = false
  if (values.length === 1 && isRecord(first)) return { value: first, end: found.end, isEmpty }
  const [label = ''] = Object.keys(given)
  const wrapped = Object.keys(given).length === 1 && inputWord.test(label) ? given[label] : given
  if (values.length === 0) return { value: wrapped, end: found.end, isEmpty }
  // A bare word is a name in the code that shows it, unless it looks like a path.
  const source = text.slice(at, found.end)
  if (values.length > names.length || !values.every((value) => isValueLike(value, source))) return undefined
  const ordered = values.map((value, index) => [names[index] ?? '', value] as const)
  return { value: { ...Object.fromEntries(ordered), ...given }, end: found.end, isEmpty }
}

function isValueLike(value: unknown, source: string): boolean {
  if (typeof value !== 'string' || isPathLike(value)) return true
  return ['"', "'", '`', '“', '<|"|>'].some((quote) => source.includes(quote + value.slice(0, 20)))
}

const isPathLike = (text: string) => /^[^\s<>{}()]+$/.test(text) && (/[./\\*]/.test(text) || text === '.')

/** `read_file a.js`, `read_file: "a.js"`, `read_file[a.js]`, `Action Input: a.js`. */
function readBare(text: string, start: number, label: { next: number; isLabelled: boolean }): Given | undefined {
  const bracket = matchAt(/\[([^[\]\n]{1,300})\]/y, text, start)
  if (bracket?.[1] !== undefined) return { value: bracket[1], end: start + bracket[0].length, isEmpty: false }
  const at = skipBlank(text, label.next)
  // The quotation mark may have been taken for a frame.
  for (const place of [at, at - 1]) {
    const quoted = place > start ? readQuoted(text, place) : undefined
    if (quoted && isSame(text, place)) return { value: quoted.value, end: quoted.end, isEmpty: false }
  }
  const line = matchAt(/[^\n`]{1,300}/y, text, at)?.[0].trimEnd() ?? ''
  const isWhole = label.isLabelled ? line !== '' : isPathLike(line)
  return isWhole ? { value: line, end: at + line.length, isEmpty: false } : undefined
}

/** A quotation mark that opens: nothing of a word before it. */
function isSame(text: string, at: number): boolean {
  return !/[\p{L}\p{N}]/u.test(text[at - 1] ?? ' ')
}
