import type { IncomingMessage, ServerResponse } from 'node:http'
import { Refusal, invalid } from './refusal.ts'

const maxBodyBytes = 16 * 1024 * 1024
/** Bytes of all bodies that are being read or answered. */
const maxTogether = 2 * maxBodyBytes
/** Levels of objects and lists. Schemas of tools have about ten. */
const maxDepth = 100
/** Objects, lists, and what is in them. A value takes up to a hundred times the memory of its text. */
const maxValues = 400_000

/** Reads a JSON body. Rejects with Refusal; a client that leaves ends it with an error of the stream. */
export type ReadBody = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>

/** Each server has one, which knows how much is being read. */
export function createBodyReader(): ReadBody {
  let together = 0
  return async (request, response) => {
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > maxBodyBytes) throw tooLarge()
    if (request.headers.expect !== undefined) response.writeContinue()
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('close', () => (together -= bytes))
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (response.closed) throw invalid('The client left')
      bytes += chunk.length
      together += chunk.length
      if (bytes > maxBodyBytes) throw tooLarge()
      // guard: bodies-together
      if (together > maxTogether) throw new Refusal('queue-full', 'Too much is being read already')
      chunks.push(chunk)
    }
    return parseJson(Buffer.concat(chunks))
  }
}

function tooLarge(): Refusal {
  return new Refusal('too-large', `The body is larger than ${maxBodyBytes / 1024 / 1024} MB`)
}

function parseJson(bytes: Buffer): unknown {
  checkShape(bytes)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // guard: body-prototype
    return /__proto__|\\u/.test(text) ? JSON.parse(text, withoutPrototype) : JSON.parse(text)
  } catch {
    throw invalid('The body is not JSON in UTF-8')
  }
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]
const [opening, closing] = [
  [0x5b, 0x7b],
  [0x5d, 0x7d],
]

/** Looks at the text before it becomes a value, which may be too large to become one. */
function checkShape(bytes: Buffer): void {
  let [depth, values] = [0, 0]
  let isText = false
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === quote) isText = !isText
    else if (isText) at += byte === backslash ? 1 : 0
    else if (opening.includes(byte)) {
      depth += 1
      values += 1
    } else if (closing.includes(byte)) depth -= 1
    else if (byte === comma) values += 1
    // guard: body-depth
    if (depth > maxDepth) throw invalid(`The body is nested deeper than ${maxDepth} levels`)
    // guard: body-values
    if (values > maxValues) throw invalid(`The body has more than ${maxValues} values`)
  }
}

function withoutPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
