import type { IncomingMessage } from 'node:http'
import type { Asked } from './failure.ts'
import { readLines } from '../http/ndjson.ts'
import type { Watch } from '../http/watch.ts'
import { refusal, socketError, wireError } from './wire-error.ts'
import { complaints, parseServerText, safeText } from './wire-text.ts'
import { isRecord } from '../../core/fits.ts'

const newline = Buffer.from('\n')
const mebibyte = 1024 * 1024
/** An event is a word or a whole answer of a few thousand tokens. Parsed, it takes many times its bytes. */
const maxLineBytes = mebibyte
const maxStreamBytes = 8 * mebibyte
const maxBodyBytes = 8 * mebibyte
const maxErrorBytes = mebibyte / 16
/** How long to wait for the end of the body after the last event, so that the connection can be used again. */
const endMs = 250

export type Reading = { asked: Asked; idleMs: number; watch: Watch }

/** The chunks of a body, each within its time limit. Leaving a loop over it keeps the connection open. */
type Chunks = AsyncIterable<Uint8Array> & { drain(): Promise<void> }

/**
 * The part of a Response that the ollama package reads. Rejects a bad reply before the package sees it, which would
 * print to the console and skip what it can't read.
 */
export async function readReply(response: IncomingMessage, reading: Reading): Promise<unknown> {
  const { asked } = reading
  const status = response.statusCode ?? 0
  const type = response.headers['content-type'] ?? 'no content type'
  const isJson = /^application\/(x-nd)?json\b/i.test(type)
  // guard: redirect
  if (status >= 300 && status < 400) throw wireError({ kind: 'redirected', status }, asked)
  const chunks = chunksOf(response, reading)
  if (status !== 200) throw refusal(status, await readStart(chunks), asked)
  // guard: content-type
  if (!isJson) {
    const { text } = parseServerText(await readStart(chunks))
    throw wireError({ kind: 'not-ollama', text: safeText([type, text].filter(Boolean).join(', ')) }, asked)
  }
  const events = readEvents(chunks, asked)
  return {
    ok: true,
    status,
    headers: { get: () => type },
    json: async () => parseBody(await readBody(chunks, asked), asked),
    body: { getReader: () => ({ read: async () => events.next(), releaseLock: () => {} }) },
  }
}

function chunksOf(response: IncomingMessage, { asked, idleMs, watch }: Reading): Chunks {
  const source = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  const text = `sent nothing for ${idleMs / 1000} s in the middle of its answer`
  const next = async () => {
    // guard: idle-limit
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
      // Everything that matters has been read.
    } finally {
      watch.stop()
    }
  }
  return { [Symbol.asyncIterator]: () => ({ next }), drain }
}

/** Passes on the lines of a stream, each checked to be a JSON object, up to the one with `done`. */
async function* readEvents(chunks: Chunks, asked: Asked): AsyncGenerator<Uint8Array> {
  const refuse = (text: string) => wireError({ kind: 'broken', text }, asked)
  let size = 0
  for await (const { bytes, value } of readLines(chunks, maxLineBytes, refuse)) {
    size += bytes.length
    // guard: stream-limit
    if (size > maxStreamBytes) throw refuse('it is too long')
    const complaint = complaintIn(value)
    if (complaint !== undefined) throw refusal(200, complaint, asked)
    if (value.done === true) await chunks.drain()
    // The package throws if a field has this name, whatever its value.
    yield Buffer.concat([
      'error' in value ? Buffer.from(JSON.stringify({ ...value, error: undefined })) : bytes,
      newline,
    ])
    if (value.done === true) return
  }
  // guard: whole-stream
  throw refuse('it ended before it was done')
}

/**
 * The error in a line of a stream, under whatever key. Undefined for a part of an answer, which has a `message` or says
 * whether it is `done`.
 */
function complaintIn(value: Record<string, unknown>): unknown {
  if (value.error !== undefined && value.error !== null && value.error !== '') return value.error
  if (isRecord(value.message) || Object.keys(value).length === 0) return undefined
  const says = complaints.some((key) => value[key] !== undefined && value[key] !== null)
  return says || typeof value.done !== 'boolean' ? value : undefined
}

/** The beginning of a body, long enough to say what went wrong. */
async function readStart(chunks: Chunks): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    size += chunk.length
    if (size > maxErrorBytes) break
  }
  return Buffer.concat(parts).toString('utf8').slice(0, maxErrorBytes)
}

async function readBody(chunks: Chunks, asked: Asked): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > maxBodyBytes) throw wireError({ kind: 'not-ollama', text: 'its reply is too long' }, asked)
    parts.push(chunk)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parseBody(text: string, asked: Asked): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw wireError({ kind: 'not-ollama', text: 'its reply is not JSON' }, asked)
  }
  if (isRecord(value) && value.error !== undefined && value.error !== null) throw refusal(200, value.error, asked)
  return value
}
