import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { loadSkill } from './load.ts'
import { repositoryOf } from './repository-skill.ts'
import { suggestion } from '../text/nearest.ts'
import type { KnownTool, Skill, SkillOrigin } from './skill.ts'
import type { Store } from '../store/store.ts'

/** Where to look for skills. The folders need not exist. */
export type SkillPlaces = {
  /** `<assets>/skills` */
  builtIn: string
  /** `<config>/skills` of the user. */
  user: string
  /** `.local-brain/skills` of the repository, or undefined outside one. */
  repository: string | undefined
  /** The folder with the person's grants for skills of repositories, outside of any repository. */
  grants: string
  /** All tools. */
  tools: readonly KnownTool[]
  /** Keeps checked skills between runs. */
  kept?: Store
}

/** An existing skill, under the name of its file or folder. It was not opened. */
export type FoundSkill = { name: string; origin: SkillOrigin; file: string }

export const skillName = /^[a-z0-9][\w.-]{0,63}$/i
const isYaml = /\.ya?ml$/i
const maxListed = 1000

/** True if it has a separator or the ending of a YAML file. Anything else is a name. */
function isSkillPath(nameOrPath: string): boolean {
  return /[\\/]/.test(nameOrPath) || isYaml.test(nameOrPath)
}

/**
 * Loads the skill that `-s` names: a path, else a built-in skill, one of the user's, one of the repository's. So a
 * repository's skill never shadows another one. It is not opened, by name or by path, until a person has trusted it,
 * and not parsed if it has changed since: LocalBrainError('untrusted-skill').
 */
export async function findSkill(nameOrPath: string, places: SkillPlaces): Promise<Skill> {
  return loadFound(await locateSkill(nameOrPath, places), places)
}

/** Loads a skill that was found, if it may be loaded. */
export async function loadFound({ name, file, origin }: FoundSkill, places: SkillPlaces): Promise<Skill> {
  const source = { file, origin, tools: places.tools, kept: places.kept }
  const repository = origin === 'repository' ? await repositoryOf(file) : undefined
  if (repository === undefined) return loadSkill(source)
  const { findGrant } = await import('./trust.ts')
  const grant = findGrant(places.grants, repository)
  // guard: skill-grant
  if (grant === undefined) {
    throw new LocalBrainError('untrusted-skill', `Skill "${name}" comes with this repository and is not trusted`, {
      hint: `read .local-brain/skills, then: local-brain trust ${name}`,
    })
  }
  return loadSkill({ ...source, granted: grant.sha256 })
}

/** Like findSkill, without loading the skill. */
export async function locateSkill(nameOrPath: string, places: SkillPlaces): Promise<FoundSkill> {
  if (isSkillPath(nameOrPath)) return locatePath(nameOrPath)
  const [first] = listSkills(places, nameOrPath)
  if (first) return first
  const names = listSkills({ ...places, repository: undefined }).map(({ name }) => name)
  throw new LocalBrainError('unknown-skill', `There is no skill "${nameOrPath}"; ${suggestion(nameOrPath, names)}`, {
    hint: isExample(nameOrPath, places)
      ? `local-brain skills new ${nameOrPath} --from ${nameOrPath}`
      : 'local-brain skills',
  })
}

/** The examples are beside the built-in skills, to be copied and not to be run. */
function isExample(name: string, { builtIn }: SkillPlaces): boolean {
  return skillName.test(name) && statOf(join(dirname(builtIn), 'examples', name, 'skill.yaml')) !== undefined
}

/** All skills in the order of look-up, sorted by name within a place; or those called `only`. */
export function listSkills(places: SkillPlaces, only?: string): FoundSkill[] {
  const { builtIn, user, repository } = places
  const own = [...listFolder(builtIn, 'built-in', only), ...listFolder(user, 'user', only)]
  if (repository === undefined || !isOwnFolder(repository)) return own
  // guard: skill-order
  return [...own, ...listFolder(repository, 'repository', only)]
}

/**
 * The skills in one folder. In a repository, only names are looked at. All at once: of a few names each step through Node's
 * threads takes longer than the step itself.
 */
export function listFolder(folder: string, origin: SkillOrigin, only?: string): FoundSkill[] {
  const named = entriesOf(folder)
    .filter((entry) => isYaml.test(entry.name) || !entry.isFile())
    .map(({ name }): FoundSkill => {
      const file = isYaml.test(name) ? join(folder, name) : join(folder, name, 'skill.yaml')
      return { name: name.replace(isYaml, ''), origin, file }
    })
    .filter(({ name }) => skillName.test(name) && (only === undefined || name === only))
    .slice(0, maxListed)
  const found = named
    .filter(({ file }) => origin === 'repository' || statOf(file)?.isFile() === true)
    .sort((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1))
  return [...new Map(found.map((skill) => [skill.name, skill])).values()]
}

const sortKey = ({ name, file }: FoundSkill) => `${name} ${file}`

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Undefined for what is not there or may not be looked at. */
function statOf(path: string, stat = statSync): Stats | undefined {
  try {
    return stat(path)
  } catch {
    return undefined
  }
}

// A repository could make its folder a link, so that another folder would be listed.
function isOwnFolder(folder: string): boolean {
  const isFolder = (path: string) => statOf(path, lstatSync)?.isDirectory() === true
  return isFolder(dirname(folder)) && isFolder(folder)
}

async function locatePath(path: string): Promise<FoundSkill> {
  const found = statOf(path)
  if (!found) {
    throw new LocalBrainError('unknown-skill', `There is no skill at "${path}"`, { hint: 'local-brain skills' })
  }
  const file = found.isDirectory() ? join(path, 'skill.yaml') : path
  return { name: path, origin: (await repositoryOf(file)) ? 'repository' : 'path', file }
}
