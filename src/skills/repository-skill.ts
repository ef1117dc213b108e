import { realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'

/** A skill in a repository: the repository's real path, and the file below it with `/`. */
export type RepositorySkill = { root: string; path: string }

/**
 * The repository that a skill file belongs to, by its given path or by its real path; undefined for any other file.
 * Only paths are looked at, so that a repository's content cannot influence the result.
 */
export async function repositoryOf(file: string): Promise<RepositorySkill | undefined> {
  const asked = resolve(file)
  const real = await realpath(asked).catch(() => asked)
  // guard: skill-link
  for (const name of [asked, real]) {
    const parts = name.split(sep)
    const folded = parts.map((part) => part.toLowerCase())
    const at = folded.findIndex((part, index) => part === '.local-brain' && folded[index + 1] === 'skills')
    if (at < 0 || at + 2 >= parts.length) continue
    const above = parts.slice(0, at).join(sep) || sep
    return { root: await realpath(above).catch(() => above), path: parts.slice(at).join('/') }
  }
  return undefined
}
