import { fstatSync } from 'node:fs'
import { LocalBrainError } from '../../errors.ts'
import { writeErr } from './output.ts'

/** Bytes; a log or a diff, not a disk image. */
const largest = 10 * 1024 * 1024
/** After this the person is told what we wait for. */
const patience = 2000
/** With a prompt the pipe is optional: after this the run goes on without it, and says so. */
const optionalWait = 5000

export type StdinNeed = 'required' | 'optional'

/** True when something may come through standard input: a file, a pipe or a socket, not a terminal and not /dev/null. */
export function stdinIsPiped(): boolean {
  try {
    const stat = fstatSync(0)
    return stat.isFile() || stat.isFIFO() || stat.isSocket()
  } catch {
    return false
  }
}

/** Everything that comes through standard input; undefined when nothing did and nothing had to. */
export async function readStdin(need: StdinNeed, signal: AbortSignal): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  const notice = setTimeout(() => {
    void writeErr('waiting for text on standard input (close it with Ctrl-D, or run with </dev/null)\n')
  }, patience)
  const quit = need === 'optional' ? setTimeout(() => size === 0 && process.stdin.destroy(), optionalWait) : undefined
  const abort = () => process.stdin.destroy()
  signal.addEventListener('abort', abort)
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      clearTimeout(notice)
      chunks.push(chunk)
      size += chunk.length
      if (size > largest) throw tooLarge()
    }
  } catch (error) {
    if (error instanceof LocalBrainError) throw error
    // A destroyed stream ends the iteration with an error of its own; what it means is decided below.
  } finally {
    clearTimeout(notice)
    clearTimeout(quit)
    signal.removeEventListener('abort', abort)
  }
  signal.throwIfAborted()
  if (size > 0) return Buffer.concat(chunks)
  if (need === 'optional') return undefined
  throw new LocalBrainError('usage', 'Standard input is empty', {
    hint: 'name files with -f, or see local-brain --help',
  })
}

function tooLarge(): LocalBrainError {
  return new LocalBrainError('usage', `Standard input is larger than ${largest / 1024 / 1024} MB`, {
    hint: 'save it to a file and name it with -f',
  })
}
