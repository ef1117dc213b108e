import type { Incoming } from './link.ts'
import { type Chunks, type Reading, chunksOf, readStart } from './body.ts'
import { parseServerText, safeText } from './server-text.ts'

type Expected = {
  /** The content types that the engine's protocol has. */
  types: RegExp
  /** The engine's error for an error status and the start of its body. */
  refuse: (status: number, body: string) => Error
}

/** The type and the chunks of a reply with status 200. Every other reply rejects; a redirect is never followed. */
export async function openBody(
  response: Incoming,
  reading: Reading,
  { types, refuse }: Expected,
): Promise<{ type: string; chunks: Chunks }> {
  const { asked, fail } = reading
  const status = response.statusCode ?? 0
  const type = response.headers['content-type'] ?? 'no content type'
  // guard: redirect
  if (status >= 300 && status < 400) throw fail({ kind: 'redirected', status }, asked)
  const chunks = chunksOf(response, reading)
  if (status !== 200) throw refuse(status, await readStart(chunks))
  // guard: content-type
  if (!types.test(type)) {
    const { text } = parseServerText(await readStart(chunks))
    throw fail({ kind: 'odd-reply', text: safeText([type, text].filter(Boolean).join(', ')) }, asked)
  }
  return { type, chunks }
}
