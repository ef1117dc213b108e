import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { skillPlaces } from '../../app/session.ts'
import type { SkillPlaces } from '../../skills/find.ts'
import type { Settings } from './settings.ts'

/** Where skills are looked for from here, found without asking git: to tell their names, not to load one. */
export function nearbySkills({ paths, cwd }: Settings): SkillPlaces {
  const hasSkills = (folder: string) => existsSync(join(folder, '.local-brain', 'skills'))
  let root = cwd
  while (!hasSkills(root) && dirname(root) !== root) root = dirname(root)
  return skillPlaces(paths, hasSkills(root) ? root : undefined)
}
