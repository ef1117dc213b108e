import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { sha256 } from '../text/hash.ts'
import { LocalBrainError } from '../errors.ts'
import { readPrivate, writePrivate } from '../store/private-file.ts'
import type { RepositorySkill } from './repository-skill.ts'
import { writingWords } from '../text/system-words.ts'

const grantSchema = z.strictObject({ root: z.string(), path: z.string(), sha256: z.string() })

/** A person's consent to these bytes at this place. */
export type Grant = z.infer<typeof grantSchema>

/** The grant for a skill, unless git may have brought it. Each has its own file, so that two terminals can grant at once. */
export function findGrant(folder: string, skill: RepositorySkill): Grant | undefined {
  try {
    return grantSchema.parse(JSON.parse(readPrivate(grantFile(folder, skill)) ?? ''))
  } catch {
    return undefined
  }
}

/** Saves a grant. Unlike other stored values it must not get lost, so this throws LocalBrainError('output'). */
export async function saveGrant(folder: string, grant: Grant): Promise<void> {
  const file = grantFile(folder, grant)
  try {
    await writePrivate(file, `${JSON.stringify(grant)}\n`)
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
  return new LocalBrainError('output', `"${file}" could not be written: ${writingWords(cause)}`, {
    hint: `ls -ld ${dirname(file)}`,
    cause,
  })
}

function grantName({ root, path }: RepositorySkill): string {
  // guard: grant-place
  return sha256(`${root}\0${path}`)
}

function grantFile(folder: string, skill: RepositorySkill): string {
  return join(folder, `${grantName(skill)}.json`)
}
