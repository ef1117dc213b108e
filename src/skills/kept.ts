import { basename, resolve } from 'node:path'
import type { Store } from '../store/store.ts'
import { sha256 } from '../text/hash.ts'
import { version } from '../version.ts'
import type { Skill, SkillOrigin } from './skill.ts'

/** A skill as it was checked and compiled, and the hash of the bytes that it was made of. */
type Kept = { of: string; skill: Skill }

/** Where a checked skill is kept. Its templates are code by then, so only a sealed store will do. */
export type Keeping = { store?: Store; file: string; origin: SkillOrigin; hash: string }

/** The skill as an earlier run checked it, if its file is still the same. */
export async function recallSkill({ store, file, origin, hash }: Keeping): Promise<Skill | undefined> {
  const kept = await store?.load(nameOf({ file, origin }), shapeOf(hash))
  return kept && { ...kept.skill, file }
}

export async function keepSkill({ store, hash, ...place }: Keeping, skill: Skill): Promise<void> {
  await store?.save(nameOf(place), { of: hash, skill } satisfies Kept)
}

/** The name of a chunk of the package changes with everything in it and behind it. */
const program = `${version} ${basename(import.meta.url)}`

/** One for each file and program, so that a skill that is being written leaves nothing behind. */
function nameOf({ file, origin }: Pick<Keeping, 'file' | 'origin'>): string {
  return `skills/${sha256([program, origin, resolve(file)].join('\0')).slice(0, 32)}`
}

/** The seal says that we wrote it. */
function shapeOf(hash: string) {
  return {
    safeParse(value: unknown): { success: true; data: Kept } | { success: false } {
      const kept = value as Kept
      // guard: kept-skill
      return kept.of === hash ? { success: true, data: kept } : { success: false }
    },
  }
}
