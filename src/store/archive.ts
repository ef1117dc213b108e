import { readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { randomHex } from '../text/hash.ts'
import { type Store, createStore } from './store.ts'

/** One kept value: its name, and when it was kept (milliseconds since the epoch). */
type Kept = { name: string; time: number }

/** The newest values of one kind, each in a file of its own. Like a store, it never fails a run. */
export type Archive = Pick<Store, 'load'> & {
  add(value: unknown): Promise<void>
  /** The newest first. */
  list(): Kept[]
  /** Removes all of them; returns how many there were. Throws where they can't be removed. */
  clear(): number
}

const pattern = /^(\d{13})-[0-9a-f]{4}\.json$/

/** Keeps at most `max` values below a folder. */
export function createArchive(folder: string, max: number): Archive {
  const store = createStore(folder)
  const list = () => {
    const kept = namesIn(folder).flatMap((file) => {
      const time = pattern.exec(file)?.[1]
      return time === undefined ? [] : [{ name: file.slice(0, -'.json'.length), time: Number(time) }]
    })
    return kept.sort((a, b) => (a.name < b.name ? 1 : -1))
  }
  const remove = (some: readonly Kept[]) => {
    for (const { name } of some) removeFile(join(folder, `${name}.json`))
  }
  return {
    load: (name, shape) => store.load(name, shape),
    list,
    async add(value) {
      const kept = list()
      // Newest is what was added last, also where the clock was set back.
      const time = Math.max(Date.now(), (kept[0]?.time ?? 0) + 1)
      await store.save(`${time}-${randomHex(2)}`, value)
      try {
        remove(kept.slice(max - 1))
      } catch {
        // The next run tries again.
      }
    },
    clear() {
      const all = list()
      remove(all)
      return all.length
    },
  }
}

/** `rmSync` tries a file that may not be removed as a folder, and its error then says "not a directory". */
function removeFile(file: string): void {
  try {
    unlinkSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
