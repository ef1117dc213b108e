import { realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'

/** A skill that a repository brings along: its canonical folder, and the file below it with `/`. */
export type RepositorySkill = { root: string; path: string }

/**
 * The repository whose own skill a file is, under the name it was given or the one it really has; undefined for any
 * other file. Only names are looked at: nothing in a repository has a say in it.
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
