import { fstatSync } from 'node:fs'
import { LocalBrainError, isError } from '../../errors.ts'
import type { PipedText } from '../../input/unit.ts'
import { writeErr } from './output.ts'
import { programStart } from './settings.ts'

/** Bytes; a log or a diff, not a disk image. */
const maxBytes = 10 * 1024 * 1024
/** Milliseconds after the start of the program, when the person is told what is being waited for. */
const patience = 2000
const howToEnd = 'end it with Ctrl-D, or run with </dev/null'
/** Milliseconds that an optional input may take to begin; after that the run goes on without it, and says so. */
const optionalWait = 500

let isLate = false

/** Whether text came through standard input after the run had gone on without it. */
export function cameLate(): boolean {
  return isLate
}

export type StdinReading = {
  /** `optional`: don't wait for input that does not come. */
  need: 'required' | 'optional'
  /** Ends the wait, whatever has arrived. */
  signal: AbortSignal
  quiet?: boolean
}

/** True when something may come through standard input: a file, a pipe or a socket, not a terminal and not /dev/null. */
export function stdinIsPiped(): boolean {
  try {
    const stat = fstatSync(0)
    return stat.isFile() || stat.isFIFO() || stat.isSocket()
  } catch {
    return false
  }
}

/** All that is piped in, as text; undefined when nothing was and nothing had to be. What is not text is refused. */
export async function readStdinText(reading: StdinReading): Promise<PipedText | undefined> {
  const bytes = await readStdin(reading)
  if (bytes === undefined) return undefined
  const { decode } = await import('../../workspace/decode.ts')
  const decoded = decode(bytes)
  if (decoded !== null) return decoded
  throw new LocalBrainError('unreadable-file', 'Standard input is not text', {
    hint: 'pipe text, or name a file with -f',
  })
}

/** Everything that comes through standard input; undefined when nothing did and nothing had to. */
export async function readStdin({ need, signal, quiet = false }: StdinReading): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  const say = (text: string) => void (quiet || writeErr(`${text}\n`))
  const notice = setTimeout(
    () => say(`waiting for ${size === 0 ? 'text on' : 'the end of'} standard input (${howToEnd})`),
    programStart() + patience - Date.now(),
  )
  const abort = () => process.stdin.destroy()
  signal.addEventListener('abort', abort)
  try {
    signal.throwIfAborted()
    if (need === 'optional' && !(await begins(signal))) {
      say('nothing came through standard input; going on without it (-f - waits for it)')
      noteLater()
      return undefined
    }
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxBytes) throw tooLarge()
    }
  } catch (error) {
    if (isError(error, 'usage')) throw error
    // A destroyed stream ends the iteration with an error of its own; what it means is decided below.
  } finally {
    clearTimeout(notice)
    signal.removeEventListener('abort', abort)
  }
  if (signal.aborted) throw reasonOf(signal)
  if (size > 0) return Buffer.concat(chunks)
  if (need === 'optional') return undefined
  throw new LocalBrainError('usage', 'Standard input is empty', {
    hint: 'name files with -f, or see local-brain --help',
  })
}

/** Whether something comes, the end or an abort among it, before the wait for what is optional is over. */
async function begins(signal: AbortSignal): Promise<boolean> {
  // A file has begun, however long its disk takes.
  if (fstatSync(0).isFile()) return true
  const { stdin } = process
  const events = ['readable', 'end', 'error', 'close']
  return new Promise((resolve) => {
    const settle = (hasBegun: boolean) => {
      clearTimeout(timer)
      for (const event of events) stdin.off(event, begin)
      signal.removeEventListener('abort', begin)
      resolve(hasBegun)
    }
    const begin = () => settle(true)
    // What lies in the pipe is read before the immediate runs, also when the machine was too busy to look until now.
    const timer = setTimeout(() => setImmediate(settle, false), optionalWait)
    for (const event of events) stdin.on(event, begin)
    signal.addEventListener('abort', begin)
  })
}

/** Lets the process end while nothing comes, and remembers if something does. */
function noteLater(): void {
  const { stdin } = process
  stdin.once('readable', () => {
    isLate = stdin.read() !== null
    stdin.destroy()
  })
  stdin.unref()
}

/** Half a text is not worked on: what is missing might be what matters. */
function reasonOf({ reason }: AbortSignal): unknown {
  if (!isError(reason, 'timeout')) return reason
  return new LocalBrainError('timeout', `${reason.message} before standard input ended`, {
    hint: `${howToEnd}; or ${reason.hint}`,
    cause: reason,
  })
}

function tooLarge(): LocalBrainError {
  return new LocalBrainError('usage', `Standard input is larger than ${maxBytes / 1024 / 1024} MB`, {
    hint: 'save it to a file and name it with -f',
  })
}
