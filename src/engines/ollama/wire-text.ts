import * as z from 'zod'

/** What a failing server said, unwrapped and made safe to show; the numbers only when it gave them. */
export type ServerText = { text: string; promptTokens?: number; numCtx?: number }

const maxShown = 300

const nested = z.looseObject({
  error: z.looseObject({
    message: z.string(),
    n_prompt_tokens: z.number().optional(),
    n_ctx: z.number().optional(),
  }),
})

/**
 * Reads the value of an `error` field: text, or the runner's own JSON passed on as text or as an object
 * (reference ollama-wire section 3, rule 1).
 */
export function parseServerText(error: unknown): ServerText {
  const inner = nested.safeParse(typeof error === 'string' ? parsedOrNothing(error) : { error })
  if (!inner.success) return { text: safeText(typeof error === 'string' ? error : ''), ...sizesIn(error) }
  const { message, n_prompt_tokens, n_ctx } = inner.data.error
  return { text: safeText(message), ...sizesIn(message), ...defined({ promptTokens: n_prompt_tokens, numCtx: n_ctx }) }
}

/** One line without control, format or bidirectional characters, at most 300 characters long. */
export function safeText(text: string): string {
  const line = text
    .slice(0, 4 * maxShown)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (bad) => `\\u${(bad.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
    .trim()
  return line.length > maxShown ? `${line.slice(0, maxShown - 1).trimEnd()}…` : line
}

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** "request (18995 tokens) exceeds the available context size (4096 tokens)", and MLX's wording of it. */
function sizesIn(text: unknown): Omit<ServerText, 'text'> {
  const sizes = typeof text === 'string' ? /\((\d{1,9}) tokens\)[^(]{1,80}\((\d{1,9}) tokens\)/.exec(text) : null
  return sizes === null ? {} : { promptTokens: Number(sizes[1]), numCtx: Number(sizes[2]) }
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}
