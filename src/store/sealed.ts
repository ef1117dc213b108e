import { randomHex } from '../text/hash.ts'
import { readPrivate, writePrivate } from './private-file.ts'
import { type Store, createStore } from './store.ts'

type Sealed = { seal: string; text: string }

const sealedShape = {
  safeParse(value: unknown): { success: true; data: Sealed } | { success: false } {
    const { seal, text } = (value ?? {}) as Partial<Record<keyof Sealed, unknown>>
    return typeof seal === 'string' && typeof text === 'string'
      ? { success: true, data: { seal, text } }
      : { success: false }
  },
}

/**
 * A store for what is run or obeyed when it is read again. Each value bears a seal that takes the secret of `secretFile`
 * to make, so that a value which somebody else put into the folder (with a cache that a CI service restores, in a
 * checkout that the folder lies in) loads as undefined.
 */
export function createSealedStore(folder: string, secretFile: string): Store {
  const store = createStore(folder)
  return {
    async load(name, shape) {
      const sealed = await store.load(name, sealedShape)
      const secret = sealed && readSecret(secretFile)
      // guard: sealed
      if (sealed === undefined || secret === undefined || sealed.seal !== sealOf(secret, name, sealed.text))
        return undefined
      const parsed = shape.safeParse(JSON.parse(sealed.text))
      return parsed.success ? parsed.data : undefined
    },
    async save(name, value) {
      const secret = readSecret(secretFile) ?? (await makeSecret(secretFile))
      if (secret === undefined) return
      const text = JSON.stringify(value)
      await store.save(name, { seal: sealOf(secret, name, text), text } satisfies Sealed)
    },
  }
}

function sealOf(secret: string, name: string, text: string): string {
  const hmac = process.getBuiltinModule('node:crypto').createHmac('sha256', secret)
  return hmac.update(`${name}\0${text}`).digest('hex')
}

const secretBytes = 32

/** Undefined without one that only this person can have written. */
function readSecret(file: string): string | undefined {
  const text = readPrivate(file)
  return text?.length === 2 * secretBytes ? text : undefined
}

async function makeSecret(file: string): Promise<string | undefined> {
  await writePrivate(file, randomHex(secretBytes)).catch(() => undefined)
  return readSecret(file)
}
