import type { Incoming } from '../http/link.ts'
import { type Chunks, type Reading, readBody } from '../http/body.ts'
import type { Asked } from '../http/failure.ts'
import { openBody } from '../http/head.ts'
import { readLines } from '../http/ndjson.ts'
import { refusal, wireError } from './wire-error.ts'
import { complaints } from '../http/server-text.ts'
import { isRecord } from '../../core/fits.ts'

const newline = Buffer.from('\n')
const mebibyte = 1024 * 1024
/** An event is a word or a whole answer of a few thousand tokens. Parsed, it takes many times its bytes. */
const maxLineBytes = mebibyte
const maxStreamBytes = 8 * mebibyte
/**
 * The part of a Response that the ollama package reads. Rejects a bad reply before the package sees it, which would
 * print to the console and skip what it can't read.
 */
export async function readReply(response: Incoming, reading: Reading): Promise<unknown> {
  const { asked } = reading
  const { type, chunks } = await openBody(response, reading, {
    types: /^application\/(x-nd)?json\b/i,
    refuse: (status, body) => refusal(status, body, asked),
  })
  const events = readEvents(chunks, asked)
  return {
    ok: true,
    status: 200,
    headers: { get: () => type },
    json: async () => parseBody(await readBody(chunks, reading), asked),
    body: { getReader: () => ({ read: async () => events.next(), releaseLock: () => {} }) },
  }
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

function parseBody(text: string, asked: Asked): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw wireError({ kind: 'odd-reply', text: 'its reply is not JSON' }, asked)
  }
  if (isRecord(value) && value.error !== undefined && value.error !== null) throw refusal(200, value.error, asked)
  return value
}
