import { shapeOf } from '../../core/fits.ts'
import type { Store } from '../../store/store.ts'

const toolCallings = ['native', 'recovered', 'prompted'] as const

/** What was learnt about one model. It belongs to the weights, not to the name. */
export type Remembered = {
  /** From 1 to 6. */
  charsPerToken?: number
  /** How its tool calls arrived, and through which version of the server: another version may parse them. */
  toolCalling?: (typeof toolCallings)[number]
  server?: string
  spilledAt?: number
  /** The window of its last run. */
  numCtx?: number
  /** Tokens a second, of a prompt and of a reply. */
  read?: number
  written?: number
  /** What that version of the server said of it. */
  shown?: { capabilities: string[]; family?: string; trainedContext?: number; numCtx?: number }
}

const [text, number, integer] = [{ type: 'string' }, { type: 'number' }, { type: 'integer' }]
const shape = shapeOf<Remembered>({
  type: 'object',
  properties: {
    charsPerToken: number,
    toolCalling: { enum: toolCallings },
    server: text,
    spilledAt: integer,
    numCtx: integer,
    read: number,
    written: number,
    shown: {
      type: 'object',
      properties: {
        capabilities: { type: 'array', items: text },
        family: text,
        trainedContext: number,
        numCtx: number,
      },
      required: ['capabilities'],
    },
  },
})

/** Within what a text can be, whatever a file says. */
function isSound({ charsPerToken = 1, spilledAt = 1, numCtx = 1, read = 1, written = 1 }: Remembered): boolean {
  return charsPerToken >= 1 && charsPerToken <= 6 && [spilledAt, numCtx, read, written].every((value) => value > 0)
}

/** Never rejects: a file that is absent or unreadable counts as empty. */
export async function loadRemembered(store: Store, digest: string, server: string): Promise<Remembered> {
  const name = nameOf(digest)
  const value = name === undefined ? undefined : await store.load(name, shape)
  if (value === undefined || !isSound(value)) return {}
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
