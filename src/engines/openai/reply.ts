import type { Incoming } from '../http/link.ts'
import { isRecord } from '../../core/fits.ts'
import { type Chunks, type Reading, readBody } from '../http/body.ts'
import type { Asked } from '../http/failure.ts'
import { openBody } from '../http/head.ts'
import { complaints } from '../http/server-text.ts'
import { readServerEvents } from '../http/sse.ts'
import { refusal, retryAfterMs, wireError } from './refusal.ts'

const mebibyte = 1024 * 1024
/** An event is a word or a whole answer of a few thousand tokens. Its frame repeats with every word. */
const limits = { lineBytes: mebibyte, streamBytes: 32 * mebibyte }

export type ServerReply = {
  /** The objects of the reply: one, or those of a stream up to its end mark. */
  objects: AsyncGenerator<Record<string, unknown>>
  isStream: boolean
}

/** The head of a reply → its objects, each checked to be JSON and no error. */
export async function readReply(response: Incoming, reading: Reading): Promise<ServerReply> {
  const { asked } = reading
  const more = { retryAfterMs: retryAfterMs(response.headers['retry-after']) }
  const { type, chunks } = await openBody(response, reading, {
    types: /^(?:application\/json|text\/event-stream)\b/i,
    refuse: (status, body) => refusal(status, body, asked, more),
  })
  const isStream = /^text\/event-stream\b/i.test(type)
  return { isStream, objects: isStream ? readObjects(chunks, asked) : readOne(chunks, reading) }
}

async function* readOne(chunks: Chunks, reading: Reading): AsyncGenerator<Record<string, unknown>> {
  const text = await readBody(chunks, reading)
  yield objectIn(text, (reason) => wireError({ kind: 'odd-reply', text: reason }, reading.asked), reading.asked)
}

/** Ends at `[DONE]`, after which the connection can be used again. Whether the answer is whole is the reader's to say. */
async function* readObjects(chunks: Chunks, asked: Asked): AsyncGenerator<Record<string, unknown>> {
  const refuse = (text: string) => wireError({ kind: 'broken', text }, asked)
  for await (const data of readServerEvents(chunks, limits, refuse)) {
    if (data.trim() === '[DONE]') {
      await chunks.drain()
      return
    }
    yield objectIn(data, refuse, asked)
  }
}

function objectIn(text: string, refuse: (reason: string) => Error, asked: Asked): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refuse('it is not JSON')
  }
  if (!isRecord(value)) throw refuse('it is not an object')
  const complaint = complaintIn(value)
  if (complaint !== undefined) throw refusal(200, complaint, asked)
  return value
}

/** The error in an object, under whatever key. Undefined for what has choices, models or the fields of another reply. */
function complaintIn(value: Record<string, unknown>): unknown {
  if (value.error !== undefined && value.error !== null && value.error !== '') return value
  if (Array.isArray(value.choices) || Array.isArray(value.data)) return undefined
  return complaints.some((key) => typeof value[key] === 'string') && value.object === 'error' ? value : undefined
}
