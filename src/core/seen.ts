import { sha256 } from '../text/hash.ts'

type Entry = { hash: string; whole: boolean; ranges: [from: number, to: number][] }

/**
 * What the model has read of each file in a conversation: enough to know that it does not overwrite what it has not seen.
 * It outlives results that gave way for the window.
 */
export type Seen = {
  /** Lines `from` to `to` of `of` were shown, counted from 1. */
  note(path: string, text: string, range: { from: number; to: number; of: number }): void
  /** The file now has this text, all of which the model knows, or as much as it knew before. */
  wrote(path: string, text: string, knows: 'all' | 'as-before'): void
  gone(path: string): void
  /** Of the file as it is now. `changed`: the model has read it, and it was another text. */
  of(path: string, text: string): 'unseen' | 'changed' | 'part' | 'whole'
  /** True from the second time on: the model insists on something that was refused once. */
  insists(on: string): boolean
}

export function createSeen(): Seen {
  const files = new Map<string, Entry>()
  const insisted = new Set<string>()
  return {
    note(path, text, { from, to, of }) {
      const hash = sha256(text)
      const known = files.get(path)
      const entry = known?.hash === hash ? known : { hash, whole: false, ranges: [] }
      entry.ranges.push([from, to])
      entry.whole ||= covers(entry.ranges, of)
      files.set(path, entry)
    },
    wrote(path, text, knows) {
      const known = files.get(path)
      if (knows === 'all') files.set(path, { hash: sha256(text), whole: true, ranges: [] })
      // Lines may have moved, so that a part is no longer the same part.
      else if (known !== undefined) files.set(path, { hash: sha256(text), whole: known.whole, ranges: [] })
    },
    gone: (path) => void files.delete(path),
    of(path, text) {
      const known = files.get(path)
      if (known === undefined) return 'unseen'
      if (known.hash !== sha256(text)) return 'changed'
      return known.whole ? 'whole' : 'part'
    },
    insists(on) {
      const again = insisted.has(on)
      insisted.add(on)
      return again
    },
  }
}

function covers(ranges: readonly [number, number][], lines: number): boolean {
  let next = 1
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) if (from <= next) next = Math.max(next, to + 1)
  return next > lines
}
