import { isRecord } from '../../core/fits.ts'
import { clipLine } from '../../text/clip.ts'
import { jsonEscape } from '../../text/escape.ts'

/** What a failing server said, unwrapped and safe to show, and the numbers if it gave them. */
export type ServerText = { text: string; promptTokens?: number; numCtx?: number }

const maxShown = 300

/** Text nested more deeply is not meant for people. */
const maxDepth = 6

/** The keys under which servers and proxies put error messages, the plainest first. */
export const complaints = [
  'error',
  'message',
  'detail',
  'details',
  'errors',
  'error_description',
  'error_message',
].concat(['msg', 'reason', 'fault', 'problem', 'title', 'description'])

/**
 * The message in a body or in an `error` field: text, the title of a page, or JSON of any shape, even JSON as text
 * within JSON, since Ollama passes on its runner's errors like that. Empty if there is no message.
 */
export function parseServerText(body: unknown): ServerText {
  const said = wordsIn(body, maxDepth)
  const numbers = { promptTokens: numberAt(body, 'n_prompt_tokens'), numCtx: numberAt(body, 'n_ctx') }
  return { text: safeText(said), ...sizesIn(said), ...defined(numbers) }
}

/** One line without control, format or bidirectional characters, at most 300 characters long. */
export function safeText(text: string): string {
  const line = text
    .slice(0, 4 * maxShown)
    .replaceAll(/\s+/g, ' ')
    // guard: visible-server-text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, jsonEscape)
    .trim()
  return clipLine(line, maxShown)
}

function wordsIn(value: unknown, depth: number): string {
  if (depth === 0) return ''
  if (typeof value === 'string') {
    const inner = parsed(value)
    return inner === undefined ? plainText(value) : wordsIn(inner, depth - 1)
  }
  if (typeof value !== 'object' || value === null) return ''
  const all = Object.values(value)
  const known = isRecord(value) ? complaints.map((key) => value[key]) : []
  // Under an unknown key, a value with words is still a message.
  const sentences = all.filter((one) => typeof one === 'string' && /\S\s\S/.test(one))
  const nested = all.filter((one) => typeof one === 'object')
  for (const one of [...known, ...sentences, ...nested].slice(0, 40)) {
    const words = wordsIn(one, depth - 1)
    if (words !== '') return words
  }
  return ''
}

/** The title of an HTML page, or any other text as it is. */
function plainText(text: string): string {
  const start = text.slice(0, 20_000)
  if (!/^\s*<(?:!doctype|\?xml|html|head|body|title|h\d|center)\b/i.test(start)) return start
  const title = /<(title|h1)\b[^>]{0,200}>([^<]{1,300})/i.exec(start)?.[2]
  return title ?? start.replaceAll(/<[^<>]{0,200}>/g, ' ')
}

function numberAt(body: unknown, key: string): number | undefined {
  const value = typeof body === 'string' ? parsed(body) : body
  if (!isRecord(value)) return undefined
  const found = value[key]
  return typeof found === 'number' ? found : numberAt(isRecord(value.error) ? value.error : undefined, key)
}

/** The value of a text that is JSON; undefined for plain text. */
function parsed(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** "request (18995 tokens) exceeds the available context size (4096 tokens)", and MLX's wording of it. */
function sizesIn(text: string): Omit<ServerText, 'text'> {
  const sizes = /\((\d{1,9}) tokens\)[^(]{1,80}\((\d{1,9}) tokens\)/.exec(text)
  return sizes === null ? {} : { promptTokens: Number(sizes[1]), numCtx: Number(sizes[2]) }
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}
