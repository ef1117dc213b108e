import { splitLines } from './lines.ts'

// guard: event-utf8
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Bytes of one line, and of all of them. */
export type StreamLimits = { lineBytes: number; streamBytes: number }

/**
 * The data of each event of a stream of server-sent events; names, ids and comments are left out. A line that is too
 * long or not UTF-8, and a stream without end, reject with the error of `refuse`. What comes last may lack its blank
 * line: whoever parses it notices a half.
 */
export async function* readServerEvents(
  chunks: AsyncIterable<Uint8Array>,
  limits: StreamLimits,
  refuse: (reason: string) => Error,
): AsyncGenerator<string> {
  let data: string[] = []
  let size = 0
  for await (const bytes of splitLines(chunks, limits.lineBytes, refuse)) {
    size += bytes.length + 1
    // guard: event-stream-limit
    if (size > limits.streamBytes) throw refuse('it is too long')
    const line = decoded(bytes, refuse)
    // Old llama.cpp servers put an error into a field of that name.
    const [, text] = /^(?:data|error)(?:: ?([^]*))?$/.exec(line) ?? []
    if (text !== undefined) data.push(text)
    if (line !== '' || data.length === 0) continue
    yield data.join('\n')
    data = []
  }
  if (data.length > 0) yield data.join('\n')
}

function decoded(bytes: Uint8Array, refuse: (reason: string) => Error): string {
  try {
    return utf8.decode(bytes).replace(/\r$/, '')
  } catch {
    throw refuse('a line is not UTF-8')
  }
}
