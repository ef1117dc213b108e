import * as z from 'zod'
import type { Store } from '../../store/store.ts'

const toolCallings = ['native', 'recovered', 'prompted'] as const

const schema = z.object({
  charsPerToken: z.number().min(1).max(6).optional(),
  /** How its tool calls arrived, and through which version of the server: another version may parse them. */
  toolCalling: z.enum(toolCallings).optional(),
  server: z.string().optional(),
  spilledAt: z.int().positive().optional(),
  /** The window of its last run. */
  numCtx: z.int().positive().optional(),
  /** What that version of the server said of it. */
  shown: z
    .object({
      capabilities: z.array(z.string()),
      family: z.string().optional(),
      trainedContext: z.number().optional(),
      numCtx: z.number().optional(),
    })
    .optional(),
})

/** What was learnt about one model. It belongs to the weights, not to the name. */
export type Remembered = z.infer<typeof schema>

/** Never rejects: a file that is absent or unreadable counts as empty. */
export async function loadRemembered(store: Store, digest: string, server: string): Promise<Remembered> {
  const name = nameOf(digest)
  const value = name === undefined ? undefined : await store.load(name, schema)
  if (value === undefined) return {}
  return value.server === server ? value : { ...value, toolCalling: undefined, shown: undefined }
}

export async function remember(store: Store, digest: string, value: Remembered): Promise<void> {
  const name = nameOf(digest)
  if (name !== undefined) await store.save(name, value)
}

/** The server chooses the digest, so only hexadecimal digits become part of a path. */
function nameOf(digest: string): string | undefined {
  const hex = /^(?:sha256:)?([0-9a-f]{12,64})$/.exec(digest)?.[1]
  return hex === undefined ? undefined : `models/${hex}`
}
