import { splitLines } from './lines.ts'

/** One line of a stream: its bytes, without the line break, and its JSON object. */
export type Line = { bytes: Uint8Array; value: Record<string, unknown> }

// guard: line-utf8
const utf8 = new TextDecoder('utf-8', { fatal: true })
const carriageReturn = 0x0d
const space = 0x20
const tab = 0x09

/**
 * Reads a stream of JSON objects, one for each line. A line that is too long, not UTF-8, not JSON or not an object
 * rejects with the error of `refuse`; no line is skipped.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
  refuse: (reason: string) => Error,
): AsyncGenerator<Line> {
  for await (const bytes of splitLines(chunks, maxLineBytes, refuse)) {
    if (!isBlank(bytes)) yield { bytes, value: parseLine(bytes, refuse) }
  }
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === space || byte === tab || byte === carriageReturn)
}

function parseLine(bytes: Uint8Array, refuse: (reason: string) => Error): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(bytes))
  } catch {
    // guard: line-json
    throw refuse('a line is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('a line is not an object')
  return value as Record<string, unknown>
}
