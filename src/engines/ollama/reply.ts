import type { IncomingMessage } from 'node:http'
import type { Asked } from './failure.ts'
import { readLines } from '../http/ndjson.ts'
import type { Watch } from '../http/watch.ts'
import { refusal, socketError, wireError } from './wire-error.ts'
import { safeText } from './wire-text.ts'

const mebibyte = 1024 * 1024
/** One event: a word, or a whole answer of a few thousand tokens. What is parsed takes many times its bytes. */
const maxLineBytes = mebibyte
const maxStreamBytes = 8 * mebibyte
const maxBodyBytes = 8 * mebibyte
const maxErrorBytes = mebibyte / 16
/** After the last event: long enough for the end of the body to arrive, so that the connection can be used again. */
const endMs = 250

export type Reading = { asked: Asked; idleMs: number; watch: Watch }

/** Bytes of a body, each chunk inside its time. Leaving a loop over it leaves the connection open. */
type Chunks = AsyncIterable<Uint8Array> & { drain(): Promise<void> }

/**
 * The part of a Response that the ollama package reads. Everything but a good reply rejects before the package sees it:
 * it would print to the console, and skip what it can't read.
 */
export async function readReply(response: IncomingMessage, reading: Reading): Promise<unknown> {
  const { asked } = reading
  const status = response.statusCode ?? 0
  const type = response.headers['content-type'] ?? 'no content type'
  const isJson = /^application\/(x-nd)?json\b/i.test(type)
  if (status >= 300 && status < 400) throw wireError({ kind: 'redirected', status }, asked)
  if (status === 200 && !isJson) throw wireError({ kind: 'not-ollama', text: safeText(type) }, asked)
  const chunks = chunksOf(response, reading)
  if (status !== 200) throw refusal(status, isJson ? errorIn(await readBody(chunks, maxErrorBytes, asked)) : '', asked)
  const events = readEvents(chunks, asked)
  return {
    ok: true,
    status,
    headers: { get: () => type },
    json: async () => parseBody(await readBody(chunks, maxBodyBytes, asked), asked),
    body: { getReader: () => ({ read: async () => events.next(), releaseLock: () => {} }) },
  }
}

function chunksOf(response: IncomingMessage, { asked, idleMs, watch }: Reading): Chunks {
  const source = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  const text = `fell silent for ${idleMs / 1000} s within its answer`
  const next = async () => {
    watch.start(idleMs, () => response.destroy(wireError({ kind: 'silent', text }, asked)))
    try {
      return await source.next()
    } catch (error) {
      throw socketError(error, true, asked)
    } finally {
      watch.stop()
    }
  }
  const drain = async () => {
    watch.start(endMs, () => response.destroy())
    try {
      while (!(await source.next()).done);
    } catch {
      // All that mattered has been read.
    } finally {
      watch.stop()
    }
  }
  return { [Symbol.asyncIterator]: () => ({ next }), drain }
}

/** Passes on the lines of a stream, each known to be a JSON object, until the one that says `done`. */
async function* readEvents(chunks: Chunks, asked: Asked): AsyncGenerator<Uint8Array> {
  const refuse = (text: string) => wireError({ kind: 'broken', text }, asked)
  let size = 0
  for await (const { bytes, value } of readLines(chunks, maxLineBytes, refuse)) {
    size += bytes.length
    if (size > maxStreamBytes) throw refuse('it is too long')
    if ('error' in value) throw refusal(200, value.error, asked)
    if (value.done === true) await chunks.drain()
    yield Buffer.concat([bytes, Buffer.from('\n')])
    if (value.done === true) return
  }
  throw refuse('it ended before it was done')
}

async function readBody(chunks: Chunks, maxBytes: number, asked: Asked): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > maxBytes) throw wireError({ kind: 'not-ollama', text: 'its reply is too long' }, asked)
    parts.push(chunk)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parseBody(text: string, asked: Asked): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw wireError({ kind: 'not-ollama', text: 'its reply is not JSON' }, asked)
  }
}

function errorIn(body: string): unknown {
  try {
    const value = JSON.parse(body) as unknown
    return typeof value === 'object' && value !== null && 'error' in value ? value.error : ''
  } catch {
    return ''
  }
}
