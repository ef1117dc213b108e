import { createHash } from 'node:crypto'
import { mkdir, realpath, rm } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import * as z from 'zod'
import { LocalBrainError } from '../errors.ts'
import { writeAtomic } from '../store/atomic.ts'
import { createStore } from '../store/store.ts'

/** A skill that a repository brings along: its canonical folder, and the file below it with `/`. */
export type RepositorySkill = { root: string; path: string }

const grantSchema = z.strictObject({ root: z.string(), path: z.string(), sha256: z.string() })

/** What a person allowed: these bytes at this place. */
export type Grant = z.infer<typeof grantSchema>

/**
 * The repository whose own skill a file is, under the name it was given or the one it really has; undefined for any
 * other file. Only names are looked at: nothing in a repository has a say in it.
 */
export async function repositoryOf(file: string): Promise<RepositorySkill | undefined> {
  const asked = resolve(file)
  const real = await realpath(asked).catch(() => asked)
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

/** The grant for a place. One file each, so that two people or terminals granting at once lose nothing. */
export async function findGrant(folder: string, skill: RepositorySkill): Promise<Grant | undefined> {
  return createStore(folder).load(grantName(skill), grantSchema)
}

/** Remembers a grant; unlike other memory it has to be there afterwards. Throws LocalBrainError('output'). */
export async function saveGrant(folder: string, grant: Grant): Promise<void> {
  const file = grantFile(folder, grant)
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeAtomic(file, `${JSON.stringify(grant)}\n`)
  } catch (cause) {
    throw cannotKeep(file, cause)
  }
}

export async function dropGrant(folder: string, skill: RepositorySkill): Promise<void> {
  const file = grantFile(folder, skill)
  try {
    await rm(file, { force: true })
  } catch (cause) {
    throw cannotKeep(file, cause)
  }
}

function cannotKeep(file: string, cause: unknown): LocalBrainError {
  return new LocalBrainError('output', `"${file}" could not be written: ${(cause as Error).message}`, {
    hint: `ls -ld ${dirname(file)}`,
    cause,
  })
}

function grantName({ root, path }: RepositorySkill): string {
  return createHash('sha256').update(`${root}\0${path}`).digest('hex')
}

function grantFile(folder: string, skill: RepositorySkill): string {
  return join(folder, `${grantName(skill)}.json`)
}
