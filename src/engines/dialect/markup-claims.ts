import { type Claim, type Found, matchAt } from './claim.ts'
import { readJson } from './json-claims.ts'

/** No tool has as many arguments. */
const mostPairs = 64

type Pairs = { open: RegExp; close: RegExp; end: RegExp }

/** What follows `<function=`: Qwen's parameters as markup, or Llama's as JSON. */
export function readFunctionTag(text: string, at: number): Found<Claim[]> | undefined {
  const name = matchAt(/\s*([\w.-]{1,64})\s*>/y, text, at)
  if (!name) return undefined
  const inside = at + name[0].length
  const json = readJson(text, inside)
  if (json) return claim(name[1], json)
  return claim(
    name[1],
    readPairs(text, inside, {
      open: /\s*<parameter=\s*([\w.-]{1,64})\s*>/y,
      close: /<\/parameter>|<parameter=|<\/function>|<\/tool_call>/g,
      end: /\s*<\/function>/y,
    }),
  )
}

/** What follows `<tool_call>` with GLM and Laguna: the bare name, then keys and values. */
export function readArgumentTags(text: string, at: number): Found<Claim[]> | undefined {
  const name = matchAt(/\s*([\w.-]{1,64})\s*(?=<arg_key>|<\/tool_call>)/y, text, at)
  if (!name) return undefined
  return claim(
    name[1],
    readPairs(text, at + name[0].length, {
      open: /\s*<arg_key>\s*([\w.-]{1,64})\s*<\/arg_key>\s*<arg_value>/y,
      close: /<\/arg_value>|<arg_key>|<\/tool_call>/g,
      end: /\s*(?=<\/tool_call>)/y,
    }),
  )
}

/** What follows `<atem:invoke name="` (Glimmer). */
export function readInvokeTag(text: string, at: number): Found<Claim[]> | undefined {
  const name = matchAt(/([\w.-]{1,64})">/y, text, at)
  if (!name) return undefined
  return claim(
    name[1],
    readPairs(text, at + name[0].length, {
      open: /\s*<atem:parameter name="([\w.-]{1,64})">/y,
      close: /<\/atem:parameter>|<atem:parameter|<\/atem:invoke>/g,
      end: /\s*<\/atem:invoke>/y,
    }),
  )
}

/** `x{"k":1}`, with Mistral's `[CALL_ID]` and `[ARGS]` between or not. */
export function readNamedJson(text: string, at: number): Found<Claim[]> | undefined {
  const name = matchAt(/\s*([\w.-]{1,64})(?:\[CALL_ID\]\w{1,64})?(?:\[ARGS\])?\s*(?=\{)/y, text, at)
  return name && claim(name[1], readJson(text, at + name[0].length))
}

/** What follows `<｜tool▁call▁begin｜>` or, where that is missing, `function<｜tool▁sep｜>`. */
export function readDeepSeekCall(text: string, at: number): Found<Claim[]> | undefined {
  const name = matchAt(/\s{0,8}(?:function<｜tool▁sep｜>)?\s{0,8}([\w.-]{1,64})\s{0,8}(?:<｜tool▁sep｜>)?/y, text, at)
  return name && claim(name[1], readJson(text, at + name[0].length))
}

/** What follows `to=functions.`, with the special tokens or with what is left when they are stripped. */
export function readHarmonyCall(text: string, at: number): Found<Claim[]> | undefined {
  // Bounded blanks: unbounded ones side by side would take polynomial time.
  const head =
    /([\w-]{1,64})(?:<\|channel\|>\w{1,16})?\s{0,8}(?:<\|constrain\|>)?\s{0,8}(?:json|code)?\s{0,8}(?:<\|message\|>)?(?=\s{0,8}\{)/y
  const name = matchAt(head, text, at)
  return name && claim(name[1], readJson(text, at + name[0].length))
}

function claim(name: string | undefined, found: Found<unknown> | undefined): Found<Claim[]> | undefined {
  return found && name ? { value: [{ name, arguments: found.value }], end: found.end } : undefined
}

/** Keys and values in markup; a value ends where its closing tag stands or, when that was forgotten, at the next tag. */
function readPairs(text: string, at: number, { open, close, end }: Pairs): Found<Record<string, string>> | undefined {
  const pairs: [string, string][] = []
  let next = at
  for (let opening = matchAt(open, text, next); opening; opening = matchAt(open, text, next)) {
    const start = next + opening[0].length
    close.lastIndex = start
    const closing = close.exec(text)
    if (!closing || pairs.length === mostPairs) return undefined
    const isOwn = /^<\/(?!function|tool_call|atem:invoke)/.test(closing[0])
    pairs.push([opening[1] ?? '', text.slice(start, closing.index)])
    next = isOwn ? close.lastIndex : closing.index
  }
  const ending = matchAt(end, text, next)
  // Without a single pair, only an explicit end tells a call from a name in passing.
  if (!ending && pairs.length === 0) return undefined
  return { value: Object.fromEntries(pairs), end: next + (ending?.[0].length ?? 0) }
}
