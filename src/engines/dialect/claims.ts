import { type Claim, type ClaimReader, either, matchAt, skipBlank } from './claim.ts'
import { blankCode, unfence } from './code.ts'
import { readJsonClaims } from './json-claims.ts'
import { readGemmaClaims, readPythonClaims } from './literal-claims.ts'
import * as markup from './markup-claims.ts'

/** `isTagged` claims stand behind a marker that only calls have; the others are the whole reply. */
export type Claims = { claims: Claim[]; isTagged: boolean; prose: string }

/** What announces a call, and how to read on from there. The tests name the families. */
const tags: Record<string, ClaimReader> = {
  '<tool_call>': either(readJsonClaims, markup.readArgumentTags),
  '<tools>': readJsonClaims,
  '<function=': markup.readFunctionTag,
  '[TOOL_CALLS]': either(readJsonClaims, markup.readNamedJson),
  '<|python_tag|>': either(readJsonClaims, readPythonClaims),
  '<｜tool▁call▁begin｜>': markup.readDeepSeekCall,
  'function<｜tool▁sep｜>': markup.readDeepSeekCall,
  'commentary to=functions.': markup.readHarmonyCall,
  'assistant to=functions.': markup.readHarmonyCall,
  '<|tool_call>': readGemmaClaims,
  '<start_function_call>': readGemmaClaims,
  '<|tool_call|>': readJsonClaims,
  '<|tool_call_start|>': either(readPythonClaims, readJsonClaims),
  '<function_calls>': readPythonClaims,
  '<|START_ACTION|>': readJsonClaims,
  'functools[': (text, at) => readJsonClaims(text, at - 1),
  '<atem:invoke name="': markup.readInvokeTag,
}

const escaped = Object.keys(tags).map((tag) => tag.replace(/[|[\]]/g, String.raw`\$&`))
const anyTag = new RegExp(escaped.join('|'), 'g')
const nextTag = new RegExp(anyTag, 'y')

/** What some families put before a call: no part of the prose. */
const frames = ['<|channel|>', '<|start|>', '<|start|>assistant', '<｜tool▁calls▁begin｜>', '<atem:function_calls>']
const beforeCall = [...Object.keys(tags), ...frames]

const closers =
  /(?:\s{0,8}(?:<\/[\w:]{1,24}>|<tool_call\|>|<end_function_call>|<｜[\w▁]{0,24}end｜>|<\|(?:call|end|END_ACTION|tool_call_end|eo[mt](?:_id)?|im_end)\|>|```(?![\w`]))){0,16}/y
const hallucinatedResult = /<\|?tool_(?:response|result)\|?>/

/** Readers look ahead, so hostile text gets only so many of them. */
const mostTags = 64

/** Every call that the reply claims, whether or not such a tool exists. */
export function readClaims(reply: string): Claims | undefined {
  const text = unfence(reply.split(hallucinatedResult, 1)[0] ?? '')
  return readTagged(text) ?? readWhole(reply)
}

/** True when the reply opens with what announces a call, well formed or not. */
export function startsWithTag(reply: string): boolean {
  const text = unfence(reply)
  const first = text.search(anyTag)
  return first >= 0 && proseOf(text.slice(0, first)) === ''
}

function readTagged(text: string): Claims | undefined {
  if (text.search(anyTag) < 0) return undefined
  const meant = blankCode(text)
  const claims: Claim[] = []
  let chain: Claim[] = []
  let chainStart = 0
  let first: number | undefined
  const settle = (isMeant: boolean) => {
    if (isMeant && chain.length > 0) first ??= chainStart
    if (isMeant) claims.push(...chain)
    chain = []
  }
  let from = 0
  for (let count = 0; count < mostTags; count += 1) {
    anyTag.lastIndex = from
    const tag = anyTag.exec(meant)
    if (!tag) break
    from = anyTag.lastIndex
    const found = tags[tag[0]]?.(text, from)
    if (!found) continue
    if (chain.length === 0) chainStart = tag.index
    chain.push(...found.value)
    from = found.end
    const end = endOfFrame(text, found.end)
    if (!isBeforeTag(text, end)) settle(isLineEnd(text, end))
  }
  settle(true)
  return first === undefined ? undefined : { claims, isTagged: true, prose: proseOf(text.slice(0, first)) }
}

function endOfFrame(text: string, at: number): number {
  return at + (matchAt(closers, text, at)?.[0].length ?? 0)
}

function proseOf(before: string): string {
  let prose = before.trim()
  for (let tag = endOf(prose); tag !== undefined; tag = endOf(prose)) prose = prose.slice(0, -tag.length).trimEnd()
  return prose
}

function endOf(prose: string): string | undefined {
  return beforeCall.find((tag) => prose.endsWith(tag))
}

/** Text on the same line behind the last call of a row makes the row a quotation in a sentence. */
function isLineEnd(text: string, at: number): boolean {
  return matchAt(/[ \t]*(?:\r?\n|$)/y, text, at) !== undefined
}

function isBeforeTag(text: string, at: number): boolean {
  return matchAt(nextTag, text, skipBlank(text, at)) !== undefined
}

/** Without a marker, the whole reply has to be calls. */
function readWhole(reply: string): Claims | undefined {
  const bare = unfence(reply)
  const isPython = bare !== reply ? /^\s*```tool_code/.test(reply) : bare.trimStart().startsWith('[')
  const readers: [ClaimReader, string][] = [
    [readJsonClaims, reply],
    [readGemmaClaims, bare],
    ...(isPython ? [[readPythonClaims, bare] satisfies [ClaimReader, string]] : []),
  ]
  for (const [read, text] of readers) {
    const found = read(text, 0)
    if (found && text.slice(endOfFrame(text, found.end)).replace(/```|[\s,;]+/g, '') === '') {
      return { claims: found.value, isTagged: false, prose: '' }
    }
  }
  return undefined
}
