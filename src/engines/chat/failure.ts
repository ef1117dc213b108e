import { type ErrorCode, LocalBrainError } from '../../errors.ts'
import type { Asked, HttpFailure } from '../http/failure.ts'

/** The ways in which a request to the server fails. Finer than error codes; remedies.ts has a remedy for some. */
export type FailureKind =
  | HttpFailure['kind']
  | 'no-path'
  | 'too-old'
  | 'model-missing'
  | 'remote-refused'
  | 'host-refused'
  | 'access-refused'
  | 'busy'
  | 'loading'
  | 'out-of-memory'
  | 'runner-stopped'
  | 'load-failed'
  | 'overflow'
  | 'no-tools'
  | 'no-format'
  | 'no-thinking'
  | 'no-chat'
  | 'malformed-call'
  | 'server-failed'

/** What is known about a failed request: the `cause` of the error that a person sees. */
export type Failure = {
  kind: FailureKind
  status?: number
  /** The server's own words, safe to show. */
  text?: string
  /** Only for `overflow`, if the server gave the numbers. */
  promptTokens?: number
  numCtx?: number
  /** Milliseconds after which the server wants to be asked again. */
  retryAfterMs?: number
  cause?: unknown
}

const codes: Record<FailureKind, ErrorCode> = {
  unreachable: 'unreachable',
  died: 'server-failed',
  silent: 'timeout',
  redirected: 'server-failed',
  'odd-reply': 'server-failed',
  'no-path': 'server-failed',
  'too-old': 'load-failed',
  'model-missing': 'model-missing',
  'remote-refused': 'remote-refused',
  'host-refused': 'remote-refused',
  'access-refused': 'remote-refused',
  busy: 'busy',
  loading: 'busy',
  'out-of-memory': 'load-failed',
  'runner-stopped': 'server-failed',
  'load-failed': 'load-failed',
  overflow: 'overflow',
  'no-tools': 'capability',
  'no-format': 'capability',
  'no-thinking': 'capability',
  'no-chat': 'capability',
  'malformed-call': 'malformed-call',
  broken: 'broken-stream',
  'server-failed': 'server-failed',
}

/** The facts behind an error of an engine; undefined for any other error. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof LocalBrainError)) return undefined
  const { cause } = error
  return typeof cause === 'object' && cause !== null && 'kind' in cause ? (cause as Failure) : undefined
}

/** What message and hint are made of. `server` and `model` can begin a sentence; `said` is `: …` or empty. */
type Words = { server: string; model: string; path: string; said: string; failure: Failure }

/** Message and hint of each kind, in the words of one engine. */
export type Wording = Record<FailureKind, (words: Words) => [message: string, hint: string]>

/** The error of an engine for a failure. `name` is what its servers are called. */
export function createFail(name: string, wording: Wording): (failure: Failure, asked: Asked) => LocalBrainError {
  return (failure, asked) => {
    const [message, hint] = wording[failure.kind]({
      server: `${name} at ${asked.url}`,
      model: asked.model === undefined ? 'The model' : `Model "${asked.model}"`,
      path: asked.path ?? 'such path',
      said: failure.text ? `: ${failure.text}` : '',
      failure,
    })
    return new LocalBrainError(codes[failure.kind], message, { hint, cause: failure })
  }
}

/** ` (4096 tokens)`, or nothing. */
export function tokens(count: number | undefined): string {
  return count === undefined ? '' : ` (${count} tokens)`
}
