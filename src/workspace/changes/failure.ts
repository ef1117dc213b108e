import { LocalBrainError } from '../../errors.ts'
import { wordsAndPlace } from '../../text/system-words.ts'

/** What a file system says in codes, in words. Other errors stay what they are. */
export function inWords(error: unknown): unknown {
  if (error instanceof LocalBrainError || !(error instanceof Error && 'code' in error)) return error
  return new LocalBrainError('output', `What is kept about changes can't be read or written: ${wordsAndPlace(error)}`, {
    hint: 'make room, or correct the permissions, then run the same command again',
    cause: error,
  })
}
