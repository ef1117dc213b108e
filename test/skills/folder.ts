import { join } from 'node:path'
import { LocalBrainError } from '../../src/errors.ts'
import type { SkillPlaces } from '../../src/skills/find.ts'
import { loadSkill } from '../../src/skills/load.ts'
import { tools } from '../../src/tools/index.ts'
import type { Skill } from '../../src/skills/skill.ts'
import { createFolder } from '../workspace.ts'

export const knownTools = tools.map(({ name, access }) => ({ name, access }))
export const builtInFolder = join(import.meta.dirname, '..', '..', 'skills')
export const seedFolder = join(import.meta.dirname, '..', 'fixtures', 'seed')

/** Places where the user and the repository have the given files and the built-in skills are the real ones. */
export function createPlaces(files: Record<string, string> = {}): SkillPlaces & { root: string } {
  const root = createFolder(files)
  const repository = join(root, 'repo', '.local-brain', 'skills')
  const grants = join(root, 'state', 'trust')
  return { root, builtIn: builtInFolder, user: join(root, 'config', 'skills'), repository, grants, tools: knownTools }
}

/** A skill file with what a test is about, and the rest as it has to be. */
export const skillText = (lines = '', prompt = 'Look at {{ content }}') =>
  `name: review\ndescription: looks\n${lines}\nuser_prompt_template: ${JSON.stringify(prompt)}\n`

export function loadText(text: string | Uint8Array): Promise<Skill> {
  const file = join(createFolder({ 'review.yaml': text }), 'review.yaml')
  return loadSkill({ file, origin: 'built-in', tools: knownTools })
}

/** What a person sees of a failure, its file's folder left out. */
export async function failure(work: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  const error = await work.then(
    () => new Error('nothing went wrong'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof LocalBrainError)) throw error
  const short = (text = '') => text.replaceAll(/\S*\/review\.yaml/g, 'review.yaml')
  return { code: error.code, message: short(error.message), hint: short(error.hint) }
}
