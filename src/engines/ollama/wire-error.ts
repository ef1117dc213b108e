import { LocalBrainError } from '../../errors.ts'
import type { Asked } from '../http/failure.ts'
import { type Failure, type FailureKind, createFail } from '../chat/failure.ts'
import { wording } from './wording.ts'
import { parseServerText } from '../http/server-text.ts'

export const wireError = createFail('Ollama', wording)

/** The error for an error status and its body, or (status 200) for an error in a line of a stream. */
export function refusal(status: number, body: unknown, asked: Asked): LocalBrainError {
  const server = parseServerText(body)
  const kind = kindOf(status, server.text, asked)
  if (kind === 'model-missing' && asked.model !== undefined) return modelMissing(asked.model)
  return wireError({ kind, status, ...server }, asked)
}

function modelMissing(name: string): LocalBrainError {
  const cause: Failure = { kind: 'model-missing', status: 404 }
  return new LocalBrainError('model-missing', `Model "${name}" is not installed`, {
    hint: `ollama pull ${name}`,
    cause,
  })
}

const malformedCall =
  /^(?:error parsing tool call|failed to parse json|empty function name|xml syntax error|expected element|incomplete \S+ tool call|tool '.*' not found)|invalid tool call/i
const outOfMemory =
  /out[ -]of[ -](?:device |host |system |video )?memory|outofdevicememory|requires more system memory|(?:insufficient|not enough|low) memory|(?:unable|failed|cannot) to allocate|cannot allocate|alloc_failed|bad_alloc|resource limitations.*load|memory layout cannot be allocated/i
const tooOld =
  /(?:upgrade|update|newer version|your version|this version) (?:of )?(?:your )?ollama|(?:upgrade|update) to (?:a|the) (?:newer|latest)|requires a newer version|(?:unknown|unsupported) model architecture|unmarshal \w+ into go struct field \S*\.(?:format|tools|keep_alive)\b/i
const loadFailed =
  /(?:fail(?:ed|s|ure)?|unable|could ?n[o']t|cannot|can't|error|timed out|timeout)\b.{0,40}\b(?:load(?:ing|ed)?|wait(?:ing)? for (?:the )?(?:llama|ollama|model|runner|server)\S*)|(?:process|runner) (?:has terminated|no longer running|exited|crashed)|(?:invalid|bad|unsupported) (?:file magic|gguf|model file)|no suitable llama server/i
const runnerStopped = /unexpectedly stopped|error was encountered while running the model/i
const noTools = lacking(String.raw`(?:tools?|tool[- _](?:use|calls?|calling|choice)|function[- _]call\w*)`)
const noThinking = lacking(String.raw`(?:invalid think value|think(?:ing)?|reasoning)`)
const noChat =
  /does(?: not|n't) support (?:chat|completions?|generate|text generation)|not a chat model|embedding model/i

/**
 * Matches that something is not supported, in either order of the words. Old servers say their JSON lacks the field.
 */
function lacking(what: string): RegExp {
  const first = String.raw`(?:not support|unsupported|unknown|struct field)\b.{0,30}\b${what}\b`
  return new RegExp(
    String.raw`${first}|\b${what}\b.{0,40}\b(?:not (?:supported|available|enabled)|unsupported|must be)`,
    'i',
  )
}

/** The order matters: the specific texts come before the status codes that they share. */
function kindOf(status: number, text: string, { path }: Asked): FailureKind {
  if (status === 401 || status === 403 || status === 407) return refusedAs(status, text)
  if (status !== 400 && malformedCall.test(text)) return 'malformed-call'
  if (status === 404)
    return /\bmodel\b/i.test(text) ? 'model-missing' : path === undefined ? 'server-failed' : 'no-path'
  if (isOverflow(text)) return 'overflow'
  if (noThinking.test(text)) return 'no-thinking'
  if (noTools.test(text)) return 'no-tools'
  if (noChat.test(text)) return 'no-chat'
  if (outOfMemory.test(text)) return 'out-of-memory'
  if (tooOld.test(text)) return 'too-old'
  if (loadFailed.test(text)) return 'load-failed'
  if (runnerStopped.test(text)) return 'runner-stopped'
  if (status === 503 || status === 429) return 'busy'
  if (/token repeat limit|context canceled/.test(text)) return 'broken'
  return status !== 400 && /\btool call\b/i.test(text) ? 'malformed-call' : 'server-failed'
}

/** Ollama itself refuses what concerns the cloud and, without a text, a host name. A proxy refuses everything else. */
function refusedAs(status: number, text: string): FailureKind {
  if (/cloud|^unauthorized$/i.test(text)) return 'remote-refused'
  return status === 403 && text === '' ? 'host-refused' : 'access-refused'
}

/** Ollama's own test for an overflow, and the error of a server that cut away every question. */
function isOverflow(text: string): boolean {
  const lower = text.toLowerCase()
  if (lower.includes('no user query found')) return true
  // Go's "context deadline exceeded" is about time.
  return lower.includes('context') && /exceed|too large|longer|too long/.test(lower.replace('deadline exceeded', ''))
}
