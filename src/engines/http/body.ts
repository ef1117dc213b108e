import type { Incoming } from './link.ts'
import { LocalBrainError } from '../../errors.ts'
import { type Asked, type Fail, socketFailure } from './failure.ts'
import type { Watch } from './watch.ts'

const mebibyte = 1024 * 1024
const maxBodyBytes = 8 * mebibyte
const maxErrorBytes = mebibyte / 16
/** How long to wait for the end of the body after the last event, so that the connection can be used again. */
const endMs = 250

export type Reading = { asked: Asked; idleMs: number; watch: Watch; fail: Fail }

/** The chunks of a body, each within its time limit. Leaving a loop over it keeps the connection open. */
export type Chunks = AsyncIterable<Uint8Array> & { drain(): Promise<void> }

export function chunksOf(response: Incoming, { asked, idleMs, watch, fail }: Reading): Chunks {
  const source = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  const text = `sent nothing for ${idleMs / 1000} s in the middle of its answer`
  const next = async () => {
    // guard: idle-limit
    watch.start(idleMs, () => response.destroy(fail({ kind: 'silent', text }, asked)))
    try {
      return await source.next()
    } catch (error) {
      throw error instanceof LocalBrainError ? error : fail(socketFailure(error, true), asked)
    } finally {
      watch.stop()
    }
  }
  const drain = async () => {
    watch.start(endMs, () => response.destroy())
    try {
      while (!(await source.next()).done);
    } catch {
      // Everything that matters has been read.
    } finally {
      watch.stop()
    }
  }
  return { [Symbol.asyncIterator]: () => ({ next }), drain }
}

/** The beginning of a body, long enough to say what went wrong. */
export async function readStart(chunks: Chunks): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    size += chunk.length
    if (size > maxErrorBytes) break
  }
  return Buffer.concat(parts).toString('utf8').slice(0, maxErrorBytes)
}

export async function readBody(chunks: Chunks, { asked, fail }: Reading): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > maxBodyBytes) throw fail({ kind: 'odd-reply', text: 'its reply is too long' }, asked)
    parts.push(chunk)
  }
  return Buffer.concat(parts).toString('utf8')
}
