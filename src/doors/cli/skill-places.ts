import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { skillPlaces } from '../../app/session.ts'
import { LocalBrainError } from '../../errors.ts'
import { type SkillPlaces, listSkills } from '../../skills/find.ts'
import { findRoot } from '../../workspace/open.ts'
import { type Settings, readSettings } from './settings.ts'
import { makeFolder } from '../../store/make-folder.ts'

/** Where skills are looked for from the current folder. */
export function places({ paths, cwd }: Settings = readSettings()): SkillPlaces {
  return skillPlaces(paths, findRoot(cwd))
}

/** Writes a skill into the user's own folder, under a name that no skill has yet. */
export async function placeSkill(
  places: SkillPlaces,
  { name, text, takenHint }: { name: string; text: string | Buffer; takenHint: string },
): Promise<string> {
  const taken = listSkills({ ...places, repository: undefined }).find((skill) => skill.name === name)
  if (taken) {
    throw new LocalBrainError('usage', `There is a skill "${name}" already: ${taken.file}`, { hint: takenHint })
  }
  const file = join(places.user, name, 'skill.yaml')
  try {
    makeFolder(dirname(file))
    await writeFile(file, text, { flag: 'wx' })
  } catch (cause) {
    throw new LocalBrainError('output', `Cannot write "${file}"`, { hint: `ls -ld ${places.user}`, cause })
  }
  return file
}
