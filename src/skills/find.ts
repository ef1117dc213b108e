import { lstat, readdir, stat } from 'node:fs/promises'
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
  const [first] = await listSkills(places, nameOrPath)
  if (first) return first
  const names = (await listSkills({ ...places, repository: undefined })).map(({ name }) => name)
  throw new LocalBrainError('unknown-skill', `There is no skill "${nameOrPath}"; ${suggestion(nameOrPath, names)}`, {
    hint: 'local-brain skills',
  })
}

/** All skills in the order of look-up, sorted by name within a place; or those called `only`. */
export async function listSkills(places: SkillPlaces, only?: string): Promise<FoundSkill[]> {
  const { builtIn, user, repository } = places
  const own = [...(await listFolder(builtIn, 'built-in', only)), ...(await listFolder(user, 'user', only))]
  if (repository === undefined || !(await isOwnFolder(repository))) return own
  // guard: skill-order
  return [...own, ...(await listFolder(repository, 'repository', only))]
}

/** The skills in one folder. In a repository, only names are looked at. */
export async function listFolder(folder: string, origin: SkillOrigin, only?: string): Promise<FoundSkill[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const named = entries
    .filter((entry) => isYaml.test(entry.name) || !entry.isFile())
    .map(({ name }): FoundSkill => {
      const file = isYaml.test(name) ? join(folder, name) : join(folder, name, 'skill.yaml')
      return { name: name.replace(isYaml, ''), origin, file }
    })
    .filter(({ name }) => skillName.test(name) && (only === undefined || name === only))
    .slice(0, maxListed)
  const there = await Promise.all(named.map(async ({ file }) => origin === 'repository' || isFile(file)))
  const found = named
    .filter((_, index) => there[index])
    .sort((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1))
  return [...new Map(found.map((skill) => [skill.name, skill])).values()]
}

const sortKey = ({ name, file }: FoundSkill) => `${name} ${file}`

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}

// A repository could make its folder a link, so that another folder would be listed.
async function isOwnFolder(folder: string): Promise<boolean> {
  const isFolder = async (path: string) => (await lstat(path).catch(() => undefined))?.isDirectory() ?? false
  return (await isFolder(dirname(folder))) && (await isFolder(folder))
}

async function locatePath(path: string): Promise<FoundSkill> {
  const found = await stat(path).catch(() => undefined)
  if (!found) {
    throw new LocalBrainError('unknown-skill', `There is no skill at "${path}"`, { hint: 'local-brain skills' })
  }
  const file = found.isDirectory() ? join(path, 'skill.yaml') : path
  return { name: path, origin: (await repositoryOf(file)) ? 'repository' : 'path', file }
}
