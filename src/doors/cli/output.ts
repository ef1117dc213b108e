import { LocalBrainError } from '../../errors.ts'
import { isOnRunner } from './settings.ts'

let written = false
let gone = false
/** Where a CI runner reads along: makes sure that nothing but our own annotations is a command to it. */
let neutral: ((text: string) => string) | undefined

/** True once something was written to standard output through writeOut. */
export function hasWritten(): boolean {
  return written
}

/** Everything is written to the two streams here. Text is complete when the promise resolves. */
export function writeOut(text: string): Promise<void> {
  return writeCommands(forStream(text))
}

/** True once nobody reads standard output any more. */
export function isReaderGone(): boolean {
  return gone
}

/** Text that is meant to hold commands for a CI runner, with everything from outside escaped for it. */
export function writeCommands(text: string): Promise<void> {
  written ||= text !== ''
  return write(process.stdout, text)
}

/** Bytes that need not be text, as they are, unless a CI runner would find a command of its log in them. */
export function writeOutBytes(bytes: Buffer): Promise<void> {
  written ||= bytes.length > 0
  const text = bytes.toString('utf8')
  const harmless = forStream(text)
  // guard: runner-bytes
  if (harmless !== text) return write(process.stdout, harmless)
  return write(process.stdout, bytes)
}

export function writeErr(text: string): Promise<void> {
  return write(process.stderr, forStream(text)).catch(() => undefined)
}

/** Without waiting, for what is shown while something happens. */
export function show(stream: NodeJS.WriteStream, text: string): void {
  stream.write(forStream(text))
}

/** The form in which text from outside goes to a stream. */
export function forStream(text: string): string {
  return neutral === undefined ? text : neutral(text)
}

/** A reader that went away (`| head -1`) is no error; a full disk is. */
function write(stream: NodeJS.WriteStream, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      // guard: write-failed
      if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') {
        gone ||= stream === process.stdout
        resolve()
      } else reject(outputError(error))
    }
    stream.once('error', failed)
    stream.write(text, (error) => {
      stream.removeListener('error', failed)
      if (error) failed(error)
      else resolve()
    })
  })
}

function outputError(error: NodeJS.ErrnoException): LocalBrainError {
  return new LocalBrainError('output', `The report could not be written: ${error.message}`, {
    hint: 'write it elsewhere with -o <file>',
    cause: error,
  })
}

/** Comes before the first writing. A pipe that breaks between two writes must not end the process with a stack trace. */
export async function openStreams(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // guard: stream-failed
      if (error.code !== 'EPIPE') process.exitCode = 5
    })
  }
  // guard: runner-output
  if (isOnRunner()) neutral = (await import('../../text/log-commands.ts')).neutralCommands
}
