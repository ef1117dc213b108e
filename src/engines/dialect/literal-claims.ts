import { type Claim, type Found, matchAt, skipBlank } from './claim.ts'

const deepest = 16

/** Delimiters of text in Gemma's own notation; between them everything counts as written. */
const rawQuotes = ['<|"|>', '<escape>']

/** `x(k="v")`, several of them apart by commas or lines, with or without a list around: LFM2, Olmo, Llama, Gemma 3. */
export function readPythonClaims(text: string, at: number): Found<Claim[]> | undefined {
  const start = skipBlank(text, at)
  const isList = text[start] === '['
  const claims: Claim[] = []
  let end = isList ? start + 1 : start
  for (let next = end; ; ) {
    const opening = matchAt(/\s*([A-Za-z_][\w.-]{0,63}?)(?:\.call)?\(/y, text, next)
    const found = opening && readFields(text, next + opening[0].length, ')')
    if (!opening || !found) break
    claims.push({ name: opening[1] ?? '', arguments: found.value })
    end = found.end
    next = end + (matchAt(/[\s,;]*/y, text, end)?.[0].length ?? 0)
  }
  if (claims.length === 0) return undefined
  const closing = isList ? skipBlank(text, end) : end
  if (!isList) return { value: claims, end }
  return text[closing] === ']' ? { value: claims, end: closing + 1 } : undefined
}

/** `call:x{k:<|"|>v<|"|>}`, one or more: Gemma 4 and FunctionGemma. */
export function readGemmaClaims(text: string, at: number): Found<Claim[]> | undefined {
  const claims: Claim[] = []
  let end = at
  for (;;) {
    const opening = matchAt(/\s*call:([\w.-]{1,64})\{/y, text, end)
    const found = opening && readFields(text, end + opening[0].length, '}')
    if (!opening || !found) break
    claims.push({ name: opening[1] ?? '', arguments: found.value })
    end = found.end
  }
  return claims.length === 0 ? undefined : { value: claims, end }
}

/** Names and values up to `close`; `k=v` inside round brackets, `k:v` inside curly ones. */
function readFields(text: string, at: number, close: ')' | '}', depth = 0): Found<Record<string, unknown>> | undefined {
  const separator = close === ')' ? '=' : ':'
  const fields: [string, unknown][] = []
  for (let next = skipBlank(text, at); ; ) {
    if (text[next] === close) return { value: Object.fromEntries(fields), end: next + 1 }
    const key = matchAt(/["']?([\w-]{1,64})["']?\s*/y, text, next)
    if (!key || text[next + key[0].length] !== separator) return undefined
    const found = readValue(text, next + key[0].length + 1, depth + 1)
    if (!found) return undefined
    fields.push([key[1] ?? '', found.value])
    next = skipBlank(text, found.end)
    if (text[next] === ',') next = skipBlank(text, next + 1)
    else if (text[next] !== close) return undefined
  }
}

function readValue(text: string, at: number, depth: number): Found<unknown> | undefined {
  if (depth > deepest) return undefined
  const start = skipBlank(text, at)
  const first = text[start]
  if (first === '{') return readFields(text, start + 1, '}', depth)
  if (first === '[') return readList(text, start + 1, depth)
  if (first === '"' || first === "'") return readString(text, start, first)
  for (const quote of rawQuotes) {
    if (!text.startsWith(quote, start)) continue
    const end = text.indexOf(quote, start + quote.length)
    return end < 0 ? undefined : { value: text.slice(start + quote.length, end), end: end + quote.length }
  }
  const word = matchAt(/[^,(){}[\]"'\n]{1,1000}/y, text, start)
  return word && { value: meaningOf(word[0].trim()), end: start + word[0].length }
}

function readList(text: string, at: number, depth: number): Found<unknown[]> | undefined {
  const items: unknown[] = []
  for (let next = skipBlank(text, at); ; ) {
    if (text[next] === ']') return { value: items, end: next + 1 }
    const found = readValue(text, next, depth + 1)
    if (!found) return undefined
    items.push(found.value)
    next = skipBlank(text, found.end)
    if (text[next] === ',') next = skipBlank(text, next + 1)
    else if (text[next] !== ']') return undefined
  }
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'" }

/** As in Python, an unknown escape keeps its backslash: regular expressions are written so. */
function readString(text: string, at: number, quote: string): Found<string> | undefined {
  let value = ''
  for (let next = at + 1; next < text.length; next += 1) {
    const character = text[next] ?? ''
    if (character === quote) return { value, end: next + 1 }
    if (character === '\\') {
      next += 1
      const escaped = text[next] ?? ''
      value += escapes[escaped] ?? `\\${escaped}`
    } else value += character
  }
  return undefined
}

function meaningOf(word: string): unknown {
  if (/^(?:true|false)$/i.test(word)) return word.toLowerCase() === 'true'
  if (word === 'null' || word === 'None') return null
  return /^-?\d+(?:\.\d+)?$/.test(word) ? Number(word) : word
}
