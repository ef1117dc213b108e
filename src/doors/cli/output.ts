import { LocalBrainError } from '../../errors.ts'

let written = false

/** True once something was written to standard output through writeOut. */
export function hasWritten(): boolean {
  return written
}

/** The only places that write to the two streams. Text is complete when the promise resolves. */
export function writeOut(text: string): Promise<void> {
  written ||= text !== ''
  return write(process.stdout, text)
}

export function writeErr(text: string): Promise<void> {
  return write(process.stderr, text).catch(() => undefined)
}

/** A reader that went away (`| head -1`) is no error; a full disk is. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      // guard: write-failed
      if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') resolve()
      else reject(outputError(error))
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

/** Keeps a broken pipe from ending the process with a stack trace when it breaks between two writes. */
export function ignoreBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // guard: stream-failed
      if (error.code !== 'EPIPE') process.exitCode = 5
    })
  }
}
