const newline = 0x0a

/**
 * Splits a stream of bytes into lines, without their line breaks. Chunks may end anywhere, even within a character. A
 * line that is too long rejects with the error of `refuse`.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
  refuse: (reason: string) => Error,
): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = []
  let size = 0
  const take = (piece: Uint8Array) => {
    size += piece.length
    // guard: line-limit
    if (size > maxLineBytes) throw refuse('a line is too long')
    pending.push(piece)
  }
  const finish = (): Uint8Array => {
    const bytes = pending.length === 1 ? (pending[0] as Uint8Array) : Buffer.concat(pending)
    pending = []
    size = 0
    return bytes
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      take(chunk.subarray(start, end))
      start = end + 1
      yield finish()
    }
    // guard: line-pieces
    if (start < chunk.length) take(chunk.subarray(start))
  }
  if (size > 0) yield finish()
}
