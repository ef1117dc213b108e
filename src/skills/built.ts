import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Skill } from './skill.ts'

/**
 * A built-in skill as the build wrote it down beside its YAML (build-skill.ts), so that nothing is parsed, checked and
 * compiled again at every start. Undefined when there is none: the sources have only the YAML.
 */
export async function loadBuilt(file: string): Promise<Skill | undefined> {
  const text = await readFile(join(dirname(file), 'skill.json'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : { ...(JSON.parse(text) as Skill), file }
}
