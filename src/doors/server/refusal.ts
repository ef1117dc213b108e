import { type LocalBrainError, describeError, isError } from '../../errors.ts'

/** Why a request gets no answer. Each dialect has its own words for these. */
type RefusalKind =
  | 'invalid'
  | 'too-long'
  | 'no-token'
  | 'forbidden'
  | 'unknown-model'
  | 'unknown-path'
  | 'wrong-method'
  | 'too-large'
  | 'queue-full'
  | 'unavailable'
  | 'internal'

const statuses: Record<RefusalKind, number> = {
  invalid: 400,
  'too-long': 400,
  'no-token': 401,
  forbidden: 403,
  'unknown-model': 404,
  'unknown-path': 404,
  'wrong-method': 405,
  'too-large': 413,
  'queue-full': 429,
  unavailable: 503,
  internal: 500,
}

type Details = {
  /** The field that is wrong, as `messages[2].content`. */
  param?: string
  /** Tokens of a prompt that is too long, and of the window. */
  tokens?: { prompt: number; window: number }
  cause?: unknown
}

/** A request that is refused, or that failed before it was answered. */
export class Refusal extends Error {
  readonly kind: RefusalKind
  readonly param: string | undefined
  readonly tokens: Details['tokens']

  constructor(kind: RefusalKind, message: string, { param, tokens, cause }: Details = {}) {
    super(message, { cause })
    this.kind = kind
    this.param = param
    this.tokens = tokens
  }

  get status(): number {
    return statuses[this.kind]
  }
}

export function invalid(message: string, param?: string): Refusal {
  return new Refusal('invalid', message, { param })
}

/** What a client is told about a failure. A bug shows nothing of the inside. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (!isError(error)) return new Refusal('internal', 'local-brain failed; its own output says why', { cause: error })
  return new Refusal(kindOf(error), inWords(error), { cause: error })
}

function inWords(error: LocalBrainError): string {
  const { message, hint } = describeError(error)
  return `${message} (${hint})`
}

function kindOf({ code }: LocalBrainError): RefusalKind {
  switch (code) {
    case 'model-missing':
    case 'unknown-skill':
    case 'untrusted-skill':
      return 'unknown-model'
    case 'remote-refused':
      return 'forbidden'
    case 'overflow':
      return 'too-long'
    case 'unreachable':
    case 'busy':
    case 'load-failed':
    case 'server-failed':
    case 'broken-stream':
    case 'malformed-call':
    case 'timeout':
    case 'interrupted':
    case 'sandbox-failed':
      return 'unavailable'
    default:
      return 'invalid'
  }
}
