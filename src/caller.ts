import { assetsFolder } from './assets.ts'
import { LocalBrainError } from './errors.ts'

/**
 * Calls something of the library for a program that uses it. A failure that a person can fix gets the stack of their call:
 * where it was thrown in here is a line of a bundle, and says nothing to them. A bug keeps its stack.
 * `entry`: the exported function, so that the frames begin with whoever called it.
 */
export function forCaller<T>(entry: (...args: never[]) => unknown, call: () => T): T {
  // A stack ends where a promise is made by hand, so the caller is noted while they are still there.
  const at: { stack?: string } = {}
  Error.captureStackTrace(at, entry)
  try {
    const result = call()
    return result instanceof Promise ? (result.catch((error: unknown) => rethrow(error, at)) as T) : result
  } catch (error) {
    return rethrow(error, at)
  }
}

/** The same object, whose methods are called with `forCaller`. */
export function forCallers<T extends object>(object: T): T {
  return new Proxy(object, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      const method = (...args: unknown[]): unknown => forCaller(method, () => Reflect.apply(value, target, args))
      return method
    },
  })
}

function rethrow(error: unknown, at: { stack?: string }): never {
  if (error instanceof LocalBrainError) {
    const own = framesOf(error)
    // One that the program threw itself, as in `approve`, tells where.
    const frames = own[0] === undefined || isOurs(own[0]) ? framesOf(at) : own.filter((frame) => !isOurs(frame))
    error.stack = [`LocalBrainError: ${error.message}`, ...frames].join('\n')
    for (const cause of causesOf(error)) withoutOurs(cause)
  }
  throw error
}

/** Node prints the causes below the error, and the fields of a value that is not an error. */
function causesOf({ cause }: { cause?: unknown }): Error[] {
  if (typeof cause !== 'object' || cause === null) return []
  return [...(cause instanceof Error ? [cause] : []), ...causesOf(cause)]
}

function withoutOurs(error: Error): void {
  error.stack = error.stack
    ?.split('\n')
    .filter((line) => !isOurs(line))
    .join('\n')
}

function framesOf({ stack = '' }: { stack?: string }): string[] {
  return stack.split('\n').filter((line) => /^ +at /.test(line))
}

function isOurs(line: string): boolean {
  return /^ +at /.test(line) && line.includes(assetsFolder)
}
