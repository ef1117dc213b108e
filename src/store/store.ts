import { dirname, join } from 'node:path'
import { writeAtomic } from './atomic.ts'
import { readWhole } from './read-whole.ts'
import { makeFolder } from './make-folder.ts'

/** What tells whether a value is what it should be: a zod schema is. */
type Shape<T> = { safeParse(value: unknown): { success: true; data: T } | { success: false } }

/**
 * Small JSON values kept between runs. A value that is absent, torn or of another shape loads as undefined, and a
 * failure to save is ignored: every run works without these values.
 */
export type Store = {
  load<T>(name: string, shape: Shape<T>): Promise<T | undefined>
  save(name: string, value: unknown): Promise<void>
}

/** More than any value has. */
const maxBytes = 32 * 1024 * 1024

/**
 * Keeps values as `<folder>/<name>.json`. The program makes `name` (letters, digits, `-`, `/`), never a model or a
 * file.
 */
export function createStore(folder: string): Store {
  const file = (name: string) => join(folder, `${name}.json`)
  return {
    async load(name, shape) {
      try {
        const parsed = shape.safeParse(JSON.parse(await readWhole(file(name), maxBytes)))
        return parsed.success ? parsed.data : undefined
      } catch {
        // guard: store-load
        return undefined
      }
    },
    async save(name, value) {
      // guard: store-save
      try {
        makeFolder(dirname(file(name)), 0o700)
        // Without waiting for the disk: a torn value loads as undefined.
        await writeAtomic(file(name), `${JSON.stringify(value)}\n`, { flush: false })
      } catch {
        // Don't lose an answer because the home folder is read-only.
      }
    },
  }
}
