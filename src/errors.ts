/**
 * What went wrong, as a person or a program would name it. report/exit-code.ts gives each code its exit code; no other
 * file knows those numbers.
 */
export type ErrorCode =
  // wrong usage
  | 'usage'
  | 'unknown-skill'
  | 'invalid-skill'
  | 'invalid-config'
  | 'untrusted-skill'
  | 'missing-file'
  | 'unreadable-file'
  | 'not-a-repository'
  | 'unknown-revision'
  | 'git-refused'
  // the server
  | 'unreachable'
  | 'model-missing'
  | 'remote-refused'
  | 'busy'
  | 'load-failed'
  | 'server-failed'
  | 'timeout'
  // the answer
  | 'incomplete'
  | 'unusable'
  // one model call, settled inside the run
  | 'overflow'
  | 'capability'
  | 'malformed-call'
  | 'unconfirmed'
  | 'broken-stream'
  // the world around
  | 'not-available'
  | 'git-failed'
  | 'sandbox-failed'
  | 'output'
  | 'interrupted'

/** A failure that a person can fix. `hint` is something to type. Only a door reports it. */
export class LocalBrainError extends Error {
  override readonly name = 'LocalBrainError'

  static {
    // A bundler shortens the name of the class, and Node prints it.
    Object.defineProperty(this, 'name', { value: 'LocalBrainError' })
  }

  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    // Node prints the source line of an error that nobody catches, and in a bundle that line is the whole file. It knows
    // the line from frames that it captured with the error, so there are no frames: the stack is added as text.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    Error.stackTraceLimit = stackTraceLimit
    const trace: { stack?: string } = {}
    Error.captureStackTrace(trace, LocalBrainError)
    this.stack = (trace.stack ?? '').replace(/^.*/, () => `LocalBrainError: ${message}`)
    this.code = code
    this.hint = options.hint
  }
}

/** True for a LocalBrainError with one of these codes, or with any code when none is given. */
export function isError(error: unknown, ...codes: ErrorCode[]): error is LocalBrainError {
  return error instanceof LocalBrainError && (codes.length === 0 || codes.includes(error.code))
}

/** For the few failures that have no hint of their own. */
const usualHint = 'set LOCAL_BRAIN_DEBUG=1 to see where it comes from'

/** A failure as reports and doors name it: always with something to type. */
export function describeError({ code, message, hint = usualHint }: LocalBrainError) {
  return { code, message, hint }
}
