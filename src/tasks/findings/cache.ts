import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../../text/hash.ts'
import type { Message, Model } from '../../core/model.ts'
import type { Unit } from '../../input/unit.ts'
import { createStore } from '../../store/store.ts'
import type { CachedReview } from './finding.ts'
import { reviewFormat } from './review-format.built.ts'
import type { Severity } from '../../skills/severity.ts'

/** Counts up when our own words to the model change, or how its reply is read. */
const version = 3

/** Reviews kept at most, and how many stay when there are more: a few megabytes. */
const maxEntries = 1000
const afterPruning = 800

/** Reviews of units from earlier runs. Like every store it may forget, and a run works without it. */
export type ReviewCache = {
  load(key: string): Promise<CachedReview | undefined>
  save(key: string, review: CachedReview): Promise<void>
}

/** Keeps reviews below `folder`. With `reuse: false` everything is asked again, and remembered. */
export function createReviewCache(folder: string, { reuse = true } = {}): ReviewCache {
  const reviews = join(folder, 'reviews')
  const store = createStore(reviews)
  let pruned = false
  return {
    async load(key) {
      if (!reuse) return undefined
      const { cachedSchema } = await import('./finding.ts')
      return store.load(key, cachedSchema)
    },
    async save(key, { findings, dropped }) {
      await store.save(key, { findings, dropped })
      if (!pruned) await prune(reviews)
      pruned = true
    },
  }
}

export type ReviewKey = {
  units: readonly Unit[]
  messages: readonly Message[]
  skill: string
  verify: boolean | Severity
  options: Record<string, unknown>
  model: Pick<Model, 'name' | 'id'>
}

/** Everything that a review depends on; `skill` is the hash of its file. A change of any asks again. */
export function reviewKey({ units, messages, skill, verify, options, model }: ReviewKey): string {
  const places = units.map(({ path, kind, side, startLine, text }) => [path, kind, side, startLine, text])
  const sorted = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))
  const parts = [version, reviewFormat, places, messages, skill, verify, sorted, model.name, model.id]
  return sha256(JSON.stringify(parts))
}

/** Forgets the oldest when there are too many. Another run may do the same at the same time. */
async function prune(folder: string): Promise<void> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
    if (names.length <= maxEntries) return
    const aged = await Promise.all(
      names.map(async (name) => ({ name, time: (await stat(join(folder, name))).mtimeMs })),
    )
    const oldest = aged.sort((a, b) => a.time - b.time).slice(0, names.length - afterPruning)
    await Promise.all(oldest.map(({ name }) => rm(join(folder, name), { force: true })))
  } catch {
    // What cannot be listed or removed now is tried again by the next run.
  }
}
