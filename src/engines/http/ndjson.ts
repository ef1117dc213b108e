/** One line of a stream: its bytes, without the line break, and its JSON object. */
export type Line = { bytes: Uint8Array; value: Record<string, unknown> }

// guard: line-utf8
const utf8 = new TextDecoder('utf-8', { fatal: true })
const newline = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const tab = 0x09

/**
 * Splits a stream of bytes into JSON objects, one for each line. Chunks may end anywhere, even within a character. A
 * line that is too long, not UTF-8, not JSON or not an object rejects with the error of `refuse`; no line is skipped.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
  refuse: (reason: string) => Error,
): AsyncGenerator<Line> {
  let pending: Uint8Array[] = []
  let size = 0
  const take = (piece: Uint8Array) => {
    size += piece.length
    // guard: line-limit
    if (size > maxLineBytes) throw refuse('a line is too long')
    pending.push(piece)
  }
  const finish = (): Line | undefined => {
    const bytes = pending.length === 1 ? (pending[0] as Uint8Array) : Buffer.concat(pending)
    pending = []
    size = 0
    return isBlank(bytes) ? undefined : { bytes, value: parseLine(bytes, refuse) }
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      take(chunk.subarray(start, end))
      start = end + 1
      const line = finish()
      if (line !== undefined) yield line
    }
    // guard: line-pieces
    if (start < chunk.length) take(chunk.subarray(start))
  }
  const last = finish()
  if (last !== undefined) yield last
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
