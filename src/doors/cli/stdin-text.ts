import { LocalBrainError } from '../../errors.ts'
import { decode } from '../../workspace/decode.ts'

/** Piped bytes as text. What is not text is refused, not guessed. */
export function decodeStdin(bytes: Buffer): string {
  const decoded = decode(bytes)
  if (decoded !== null) return decoded.text
  throw new LocalBrainError('unreadable-file', 'Standard input is not text', {
    hint: 'pipe text, or name a file with -f',
  })
}
