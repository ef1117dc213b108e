import { LocalBrainError } from '../../errors.ts'
import { type Asked, type Failure, type FailureKind, codes, wording } from './failure.ts'
import { parseServerText, safeText } from './wire-text.ts'

/** The facts behind an error of this file; undefined for any other error. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof LocalBrainError)) return undefined
  const { cause } = error
  return typeof cause === 'object' && cause !== null && 'kind' in cause ? (cause as Failure) : undefined
}

export function wireError(failure: Failure, asked: Asked): LocalBrainError {
  const [message, hint] = wording[failure.kind]({
    server: `Ollama at ${asked.url}`,
    model: asked.model === undefined ? 'The model' : `Model "${asked.model}"`,
    said: failure.text ? `: ${failure.text}` : '',
    failure,
  })
  return new LocalBrainError(codes[failure.kind], message, { hint, cause: failure })
}

/** `closeNames`: installed models whose name is near, nearest first. */
export function modelMissing(name: string, closeNames: readonly string[] = []): LocalBrainError {
  const pull = `ollama pull ${name}`
  const hint = closeNames.length === 0 ? pull : `did you mean ${closeNames.join(' or ')}? or: ${pull}`
  const cause: Failure = { kind: 'model-missing', status: 404 }
  return new LocalBrainError('model-missing', `Model "${name}" is not installed`, { hint, cause })
}

/** An error status with its body, or (as status 200) an `{"error": …}` line inside a stream. */
export function refusal(status: number, error: unknown, asked: Asked): LocalBrainError {
  const server = parseServerText(error)
  const kind = kindOf(status, server.text)
  if (kind === 'model-missing' && asked.model !== undefined) return modelMissing(asked.model)
  return wireError({ kind, status, ...server }, asked)
}

/** What node:http rejects with. `answering` says that part of the reply had already come. */
export function socketError(error: unknown, answering: boolean, asked: Asked): LocalBrainError {
  if (error instanceof LocalBrainError) return error
  const { code = '', message = '' } = error as { code?: string; message?: string }
  if (answering) return wireError({ kind: 'broken', text: 'the connection was lost', cause: error }, asked)
  const died = code === 'ECONNRESET' || code === 'EPIPE' || /terminated|socket hang up/.test(message)
  if (code.startsWith('HPE_')) return wireError({ kind: 'not-ollama', text: 'not HTTP', cause: error }, asked)
  // Nobody listening is the usual case and says all; a name or a certificate that is wrong is worth a word.
  const text = code === 'ECONNREFUSED' ? '' : safeText(code)
  return wireError({ kind: died ? 'died' : 'unreachable', text, cause: error }, asked)
}

const malformedCall =
  /tool call|failed to parse json|empty function name|xml syntax error|expected element type|^tool '.*' not found/i
const loadFailed =
  /failed to load|waiting for llama-server to start|process has terminated|incompatible with your version/i
const runnerStopped = /unexpectedly stopped|error was encountered while running the model/i

/** Reference ollama-wire section 3, row by row; the texts that tell rows of one status apart come first. */
function kindOf(status: number, text: string): FailureKind {
  if (status === 401) return 'remote-refused'
  if (status === 403) return /cloud/i.test(text) ? 'remote-refused' : 'host-refused'
  if (status === 404) return /model/i.test(text) ? 'model-missing' : 'server-failed'
  if (status === 503) return 'busy'
  if (isOverflow(text)) return 'overflow'
  if (/does not support tools/.test(text)) return 'no-tools'
  if (/does not support thinking|invalid think value/.test(text)) return 'no-thinking'
  if (/does not support (chat|completion|generate)/.test(text)) return 'no-chat'
  if (/out of memory|out-of-memory|requires more system memory/i.test(text)) return 'out-of-memory'
  if (loadFailed.test(text)) return 'load-failed'
  if (runnerStopped.test(text)) return 'runner-stopped'
  if (/token repeat limit|context canceled/.test(text)) return 'broken'
  return status !== 400 && malformedCall.test(text) ? 'malformed-call' : 'server-failed'
}

/** Ollama's own test for it, and the error of a server that had cut every question away. */
function isOverflow(text: string): boolean {
  const lower = text.toLowerCase()
  if (lower.includes('no user query found')) return true
  // Go's "context deadline exceeded" is about time.
  return lower.includes('context') && /exceed|too large|longer|too long/.test(lower.replace('deadline exceeded', ''))
}
