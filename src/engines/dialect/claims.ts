import type { ToolSpec } from '../../core/model.ts'
import { type Claim, type Found, matchAt } from './claim.ts'
import { blankCode } from './code.ts'
import { readJson, readLoose } from './loose.ts'
import { createNamedReader, frameAt, type NamedReader } from './named-call.ts'
import { claimsIn } from './object-claims.ts'
import { spellings } from './offered.ts'

/** `isTagged` claims stand behind a mark that only calls have; the others are the whole reply, or its end. */
export type Claims = {
  claims: Claim[]
  isTagged: boolean
  /** The text before them. */
  prose: string
  /** No text follows them. */
  isLast: boolean
}

/** More in one reply is a model that repeats itself. */
export const maxCalls = 32

/** Readers look ahead, so the number of readers on hostile text is bounded, and the brackets each looks at. */
const maxStarts = 32
const maxLines = 200
const maxFrames = 24

/** What announces a call, and nothing else. */
const callTag =
  /<[|｜]?(?:\w{1,20}:)?(?:tools|tool[_▁ -]?(?:calls?|use|request)|function[_▁ -]?calls?|start_function_call|invoke(?= name)|START_ACTION|python_tag)[\w▁ ]{0,20}[|｜]?>?|<function=|\[TOOL_(?:CALLS?|REQUEST)\]|\bfunctools(?=\[)|\b(?:commentary|assistant) to=functions\.|\bfunction(?=<｜tool▁sep｜>)/g
const nextTag = new RegExp(`\\s{0,200}(?:${callTag.source})`, 'y')

/** What a model made up as the result of its call, with everything behind it. */
const madeUp =
  /<[|｜]?tool[_▁](?:response|result|output)|^[ \t]*(?:\*\*)?(?:observation|tool (?:result|output|response)|result of \w+)(?:\*\*)?:/im

/** What closes a call that is written in prose. */
const endTags =
  /(?:\s{0,8}(?:<\/[\w:|-]{1,30}>|<[\w:]{1,20}\|>|<end_function_call>|<[|｜][\w▁]{1,24}[|｜]>|`{3,}(?![\w`])|[)}\]])){0,24}/y
/** What may stand between calls. */
const closers =
  /(?:\s{0,8}(?:<\/[\w:|-]{1,30}>|<[\w:]{1,20}\|>|<end_function_call>|<[|｜][\w▁]{1,24}[|｜]>|`{3,}(?!\w)|\/>|[)}\]>"'`*_;,.])){0,24}/y
/** What may stand behind the last call of a reply. */
const nothing = /^(?:[\s`~*_"'”’()[\]{}>.,;:|/]|<\/?[^<>\n]{1,60}>|\[\/[A-Z_]{1,30}\])*$/

type Readers = { tools: readonly ToolSpec[]; named: NamedReader }

/** Every call that a reply claims, whether or not such a tool is offered; undefined for an answer. */
export function readClaims(reply: string, tools: readonly ToolSpec[]): Claims | undefined {
  const readers = { tools, named: createNamedReader(tools) }
  const text = withoutMadeUp(reply)
  return readTagged(text, readers) ?? readTail(text, readers)
}

function withoutMadeUp(reply: string): string {
  const at = reply.search(madeUp)
  return at < 0 ? reply : reply.slice(0, at)
}

/**
 * True when a reply is, or ends in, what begins like a call of one of these tools and can't be read. JSON that can be read
 * and is no call is data.
 */
export function looksLikeCall(reply: string, tools: readonly ToolSpec[]): boolean {
  const readers = { tools, named: createNamedReader(tools) }
  const text = withoutMadeUp(reply)
  return startsOf(text, readers).some((start) => {
    const tail = text.slice(start)
    const head = readers.named.head(tail, 0)
    if (start === 0 && head && wordsOnly.test(tail.slice(head.end))) return true
    if (head ? !isBroken(tail, head.end) : !isBrokenJson(tail, tools)) return false
    const prose = proseOf(text.slice(0, start))
    return prose === '' || isMeant(prose, tail, { claims: [], isMarked: head?.value.isMarked ?? true })
  })
}

/** `search_code: price of shipping` and nothing more, not even the full stop of a sentence. */
const wordsOnly = /^: ?[^\n:]{1,100}(?<![.!?\s])\s{0,20}$/

/** JSON that can't be read, in which a tool is named behind its arguments. */
function isBrokenJson(text: string, tools: readonly ToolSpec[]): boolean {
  const start = /^\s{0,200}(?:`{3,}\w{0,20}\s{0,8})?(?=[{[])/.exec(text)?.[0].length
  if (start === undefined || tools.length === 0 || readJson(text, start) !== undefined) return false
  const name = tools.map((tool) => spellings(tool.name)).join('|')
  const key = new RegExp(`["'](?:name|tool|function|action)\\w{0,10}["']\\s{0,8}:\\s{0,8}["'](?:${name})["']`, 'i')
  return key.test(text) && !isSentence(outsideGroups(text))
}

/** Arguments seem to begin behind the name, and no sentence follows them. */
function isBroken(text: string, nameEnd: number): boolean {
  const begin = text.search(/[{[]/)
  if (begin >= 0 && begin < nameEnd && readJson(text, begin) !== undefined) return false
  const rest = text.slice(nameEnd)
  const opens = /^["'`*\s:=>,}\]]{0,20}(?:[({[<]|["'`*]{0,3}(?:arguments?|args|param(?:eter)?s?|input|action.input)\b)/i
  // `search_code:total`, and nothing more.
  if (/^:[^\s:]{1,200}\s{0,20}$/.test(rest)) return true
  return opens.test(rest) && !isSentence(outsideGroups(rest))
}

function isSentence(text: string): boolean {
  return /(?<!\p{L})\p{L}{2,30}[ \t]{1,4}\p{L}{2,30}[ \t]{1,4}\p{L}{2}/u.test(text)
}

/** The text behind the first brackets, and that inside them; nothing when they are never closed. */
function outsideGroups(text: string): string {
  let depth = 0
  let outside = 0
  for (const bracket of text.matchAll(/[({[\]})]/g)) {
    if ('({['.includes(bracket[0])) depth += 1
    else if (depth > 0) depth -= 1
    if (depth === 0) outside = bracket.index + 1
  }
  return depth > 0 ? '' : text.slice(outside)
}

/** True when a reply begins with what announces a call, well formed or not. */
export function startsWithTag(reply: string): boolean {
  const start = /^\s{0,200}(?:`{3,}[\w-]{0,20}\s*)?/.exec(reply)?.[0].length ?? 0
  return matchAt(nextTag, reply, start) !== undefined
}

/** Calls behind their marks, which prose may surround: on lines of their own, and not in code unless that is all. */
function readTagged(text: string, readers: Readers): Claims | undefined {
  callTag.lastIndex = 0
  if (!callTag.test(text)) return undefined
  const meant = startsWithTag(text) ? text : blankCode(text)
  const claims: Claim[] = []
  let first: number | undefined
  let last = 0
  let from = 0
  for (let count = 0; count < maxStarts; count += 1) {
    callTag.lastIndex = from
    const tag = callTag.exec(meant)
    if (tag === null) break
    from = callTag.lastIndex
    const found = readSequence(text, tag.index, readers)
    if (found === undefined) continue
    from = Math.max(from, found.end)
    const end = found.end + (matchAt(endTags, text, found.end)?.[0].length ?? 0)
    // Text on the same line makes the calls a quotation in a sentence.
    if (matchAt(/[ \t]*(?:\r?\n|$)/y, text, end) === undefined && matchAt(nextTag, text, end) === undefined) continue
    first ??= tag.index
    last = found.end
    claims.push(...found.value.claims)
  }
  if (first === undefined) return undefined
  return { claims, isTagged: true, prose: proseOf(text.slice(0, first)), isLast: nothing.test(text.slice(last)) }
}

type Sequence = { claims: Claim[]; isMarked: boolean }

/** Calls that follow each other, apart by nothing but what frames them. */
function readSequence(text: string, at: number, readers: Readers): Found<Sequence> | undefined {
  const sequence: Sequence = { claims: [], isMarked: false }
  let end = at
  while (sequence.claims.length <= maxCalls) {
    const next = end + (sequence.claims.length === 0 ? 0 : (matchAt(closers, text, end)?.[0].length ?? 0))
    const object = readObject(text, next, readers)
    const found = object ?? readNamed(text, next, readers)
    if (found === undefined || found === 'data') break
    sequence.claims.push(...found.value.claims)
    sequence.isMarked ||= found.value.isMarked
    end = found.end
  }
  return sequence.claims.length === 0 ? undefined : { value: sequence, end }
}

/** JSON, or what is meant to be, behind what frames a call. What is faultless JSON and no call is data. */
function readObject(text: string, at: number, { tools, named }: Readers): Found<Sequence> | 'data' | undefined {
  let tries = 0
  for (let next = at, count = 0; count < maxFrames && tries < 3; count += 1) {
    if (text[next] === '{' || text[next] === '[') {
      const json = readJson(text, next)
      const found = json ?? readLoose(text, next)
      const claims = found && claimsIn(found.value, tools)
      // Behind the name of a tool it is the arguments.
      if (json && !claims) return (named.head(text, at)?.end ?? text.length) <= next ? undefined : 'data'
      if (found && claims) return { value: { claims, isMarked: true }, end: found.end }
      tries += 1
    }
    const frame = frameAt(text, next)
    if (frame === undefined) return undefined
    next += frame.length
  }
  return undefined
}

function readNamed(text: string, at: number, { named }: Readers): Found<Sequence> | undefined {
  const found = named.call(text, at)
  return found && { value: { claims: [found.value], isMarked: found.value.isMarked }, end: found.end }
}

/** The whole reply, or everything from a line on. */
function readTail(text: string, readers: Readers): Claims | undefined {
  for (const start of startsOf(text, readers)) {
    const found = readSequence(text, start, readers)
    if (found === undefined || !nothing.test(text.slice(found.end))) continue
    const prose = proseOf(text.slice(0, start))
    if (prose === '' || isMeant(prose, text.slice(start), found.value)) {
      return { claims: found.value.claims, isTagged: false, prose, isLast: true }
    }
  }
  return undefined
}

/** Where the calls at the end of a reply may begin: at a bracket, a fence or a name, on a line or behind a sentence. */
function startsOf(text: string, { named }: Readers): number[] {
  const lines = [...text.matchAll(/^[ \t]*(?=[^\s>])/gm)].map((line) => line.index + line[0].length)
  const near = new Set([...lines.slice(0, maxLines / 4), ...lines.slice(-maxLines)])
  const starts = lines.filter(
    (at) => /[{[<`~]/.test(text[at] ?? '') || (near.has(at) && named.head(text, at) !== undefined),
  )
  const inline = text.matchAll(/(?<!['"`])[:.!?—-][ \t]+(?=\{\s{0,8}["'][\w ]{1,20}["']\s{0,8}:)/g)
  for (const sentence of inline) starts.push(sentence.index + sentence[0].length)
  const all = [0, ...starts.filter((start) => start > 0)].sort((a, b) => a - b)
  return all.length <= maxStarts ? all : [...all.slice(0, 8), ...all.slice(8 - maxStarts)]
}

const intends =
  /\b(?:let me|let's|i(?:'ll| will|'m| am| need| have| want| should| must| can)|going to|need to|have to|first|now|next|calling|using|reading|looking)\b/i
const exemplifies = /\b(?:examples?|e\.g\.|for instance|looks? like|like this|such as|would be|syntax|format)\b/i
const language = /^\s*(?:`{3,}|~{3,})(?!(?:json|tool|xml|yaml|text|plain|call|function)\w*\b)\w/i

/** An example, and code, follow other words than a call does. */
function isMeant(prose: string, tail: string, { isMarked }: Sequence): boolean {
  const last =
    prose
      .slice(-200)
      .split(/\n\s*\n/)
      .at(-1) ?? ''
  if (intends.test(last)) return true
  return isMarked && !language.test(tail) && !exemplifies.test(last)
}

/** What leads to a call: blank space, a fence, marks, a role. */
const lead = /(?:\s+|[`~*_]+|(?<=[`~]{3})[\w-]{1,20}|<[|｜]?[\w▁:| ]{1,40}[|｜]?>|\bassistant)$/u

/** What a person may read of the text before a call: without what leads to it, and without a thought. */
function proseOf(before: string): string {
  let end = before.trimEnd().length
  for (let count = 0; count < maxFrames; count += 1) {
    const found = lead.exec(before.slice(Math.max(0, end - 80), end))
    if (found === null) break
    end -= found[0].length
  }
  const prose = before.slice(0, end).trim()
  return /^\**thoughts?\**:/i.test(prose) ? '' : prose
}
