import { isRecord } from '../../core/fits.ts'
import type { LocalBrainError } from '../../errors.ts'
import { type Failure, type FailureKind, createFail } from '../chat/failure.ts'
import type { Asked } from '../http/failure.ts'
import { parseServerText } from '../http/server-text.ts'
import { wording } from './wording.ts'

export const wireError = createFail('the model server', wording)

/** Seconds to wait before the next request, from a header. */
export function retryAfterMs(header: string | undefined): number | undefined {
  const seconds = Number(header)
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

/** The error for an error status and its body, or (status 200) for an error in an event of a stream. */
export function refusal(
  status: number,
  body: unknown,
  asked: Asked,
  more: Pick<Failure, 'retryAfterMs'> = {},
): LocalBrainError {
  const { text, promptTokens, numCtx } = parseServerText(body)
  const kind = kindOf(status, { text, mark: markIn(body) }, asked)
  const sizes = kind === 'overflow' ? { ...sizesIn(text), ...given({ promptTokens, numCtx }) } : {}
  return wireError({ kind, status, text, ...sizes, ...more }, asked)
}

/** The code and the type of an error, which some servers give beside their words. */
function markIn(body: unknown): string {
  const value = typeof body === 'string' ? parsed(body) : body
  if (!isRecord(value)) return ''
  const error = isRecord(value.error) ? value.error : value
  return [error.code, error.type].filter((one) => typeof one === 'string').join(' ')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Each server has its own words for a prompt that is too long, and all of them speak of the context or the length. */
const overflow =
  /maximum context length|(?:exceed|larger than|longer than|greater than|too (?:long|large) for|overflows?|beyond)\b.{0,60}\b(?:context|max\w*[ _](?:model|seq\w*|input)[ _]len\w*|n_ctx)|context (?:length|size|window)\b.{0,60}\b(?:exceed|overflow|not enough|too small)|prompt is too long|inputs? (?:tokens|length)\b.{0,40}\b(?:must be|exceed)|tokens to keep\b.{0,60}\bcontext|no user query found/i
const noTools =
  /--jinja|enable-auto-tool-choice|tool[- _]call[- _]parser|(?:tools?|function[- _]call\w*|tool[- _](?:use|calls?|calling|choice))\b.{0,60}\b(?:not (?:supported|available|enabled|allowed)|unsupported|requires?)|(?:not support|unsupported)\b.{0,40}\b(?:tools?|function)/i
const noFormat = /response_format|json[_ ]schema|guided[_ ](?:json|decoding)|structured[_ ]output|\bgrammar\b/i
const noThinking = /chat_template_kwargs|enable_thinking|reasoning_effort/i
const malformedCall =
  /(?:pars\w+|invalid|malformed)\b.{0,40}\b(?:tool|function)[ _]?call|failed to parse (?:input|messages)/i
const loading = /\bloading (?:the )?model|model (?:is )?(?:still )?(?:being )?load(?:ing|ed)\b(?!.{0,20}fail)/i
const outOfMemory =
  /out[ -]of[ -](?:device |host |system |video )?memory|(?:insufficient|not enough) memory|(?:unable|failed|cannot) to allocate|cannot allocate/i
const loadFailed = /fail(?:ed|ure)? to load|(?:error|could ?n[o']t) load(?:ing)?|no suitable/i
const noChat = /does(?: not|n't) support (?:chat|completions?|generate)|not a chat model|embedding model|chat template/i

/** The order matters: the specific words come before the status codes that they share. */
function kindOf(status: number, { text, mark }: { text: string; mark: string }, { path }: Asked): FailureKind {
  if (status === 401 || status === 403 || status === 407) return 'access-refused'
  if (/context_length_exceeded|exceed_context_size/.test(mark) || overflow.test(text)) return 'overflow'
  if (status === 503 && loading.test(text)) return 'loading'
  if (status === 503 || status === 429) return 'busy'
  if (status === 404)
    return /\bmodel\b/i.test(text) ? 'model-missing' : path === undefined ? 'server-failed' : 'no-path'
  if (noThinking.test(text)) return 'no-thinking'
  if (noTools.test(text)) return 'no-tools'
  if (malformedCall.test(text)) return 'malformed-call'
  if (noFormat.test(text)) return 'no-format'
  if (outOfMemory.test(text)) return 'out-of-memory'
  if (loadFailed.test(text)) return 'load-failed'
  if (noChat.test(text)) return 'no-chat'
  return 'server-failed'
}

const windowSizes = [
  /maximum context length (?:is|of) (?:only )?(\d{1,9})/i,
  /context length (?:of (?:only )?|\()(\d{1,9})/i,
  /n_ctx: ?(\d{1,9})/i,
  /maximum model length of (\d{1,9})/i,
  /> (\d{1,9}) maximum/i,
]
const promptSizes = [
  /(\d{1,9})(?: tokens)? (?:in|from) the (?:input )?messages/i,
  /(\d{1,9}) input tokens/i,
  /resulted in (\d{1,9}) tokens/i,
  /(?:input|prompt) \((?:length )?(\d{1,9})/i,
  /n_keep: ?(\d{1,9})/i,
  /keep the first (\d{1,9}) tokens/i,
  /too long: (\d{1,9}) tokens/i,
]

/** The numbers in the words of an overflow. */
function sizesIn(text: string): Pick<Failure, 'promptTokens' | 'numCtx'> {
  const first = (patterns: readonly RegExp[]) => {
    const found = patterns.map((pattern) => pattern.exec(text)?.[1]).find((size) => size !== undefined)
    return found === undefined ? undefined : Number(found)
  }
  return { promptTokens: first(promptSizes), numCtx: first(windowSizes) }
}

function given({ promptTokens, numCtx }: Pick<Failure, 'promptTokens' | 'numCtx'>) {
  return { ...(promptTokens !== undefined && { promptTokens }), ...(numCtx !== undefined && { numCtx }) }
}
