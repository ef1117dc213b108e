import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDeeper } from '../../core/fits.ts'
import { Refusal, invalid } from './refusal.ts'

const maxBodyBytes = 16 * 1024 * 1024
/** Levels of objects and lists. Schemas of tools have about ten. */
const maxDepth = 100

/** Reads a JSON body. Rejects with Refusal; a client that leaves ends it with an error of the stream. */
export async function readBody(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > maxBodyBytes) throw tooLarge()
  if (request.headers.expect !== undefined) response.writeContinue()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return parseJson(Buffer.concat(chunks))
}

function tooLarge(): Refusal {
  return new Refusal('too-large', `The body is larger than ${maxBodyBytes / 1024 / 1024} MB`)
}

function parseJson(bytes: Buffer): unknown {
  let value: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // guard: body-prototype
    value = /__proto__|\\u/.test(text) ? JSON.parse(text, withoutPrototype) : JSON.parse(text)
  } catch {
    throw invalid('The body is not JSON in UTF-8')
  }
  // guard: body-depth
  if (isDeeper(value, maxDepth)) throw invalid(`The body is nested deeper than ${maxDepth} levels`)
  return value
}

function withoutPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
