import { chmod, cp, lstat, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { escapeLine } from '../../text/escape.ts'
import { randomHex } from '../../text/hash.ts'
import { contains } from '../contains.ts'
import { hasCode, openFolder } from '../open-folder.ts'
import { findRepositories } from './places.ts'
import { type Repositories, newRepositories } from './repositories.ts'
import { makeFolder } from '../../store/make-folder.ts'

type Before = {
  repositories: Repositories
  /** What the command could not write to. */
  closed: readonly string[]
}

type Around = {
  root: string
  /** Our own folder, in which a new one is made for what is taken away. */
  store: string
  /** Our own folders, in which our own repositories may come and go. */
  ours: readonly string[]
}

type Moved = {
  /** Relative to the root. */
  folder: string
  /** Where it is now. */
  place: string
  /** Why it stayed instead. */
  problem: string | undefined
}

/** More than these stay where they are, and are named. */
const maxMoved = 10_000

/**
 * Moves the repositories that came up while a command ran out of the workspace, since git runs what their settings name.
 * They may be somebody's own work, so nothing is lost. Says in sentences what was moved and where it is.
 */
export async function takeAwayRepositories(before: Before, around: Around): Promise<string[]> {
  const { root, store, ours } = around
  const now = await findRepositories(root, { closed: before.closed, ours })
  if (now === undefined) return ['there are too many files to look for repositories that the command made']
  const parts = newRepositories(before.repositories, now).sort((a, b) => (a.folder < b.folder ? -1 : 1))
  const target = join(store, `${new Date().toISOString().replace(/\..*|[-:]/g, '')}-${randomHex(3)}`)
  const moved: Moved[] = []
  for (const { folder, names } of parts) {
    const path = relative(root, folder) || '.'
    const place = join(target, path, names.length === 1 ? (names[0] ?? '') : '')
    const problem = moved.length < maxMoved ? await moveAll(path, names, { root, target }) : 'there are too many'
    moved.push({ folder: path, place, problem })
    if (problem === undefined) await removeEmpty(folder, before.repositories, root)
  }
  return inWords(moved, target)
}

type Ends = { root: string; target: string }

/** Why it could not be moved; undefined when it was. */
async function moveAll(folder: string, names: readonly string[], { root, target }: Ends): Promise<string | undefined> {
  try {
    // Whatever its name comes to mean: what lies outside of the root is never moved.
    const from = await openFolder(root, folder)
    try {
      const to = join(target, folder)
      makeFolder(to, 0o700)
      for (const name of names) await move(from.at(name), join(to, name), from.at('.'))
    } finally {
      await from.close()
    }
    return undefined
  } catch (error) {
    return hasCode(error, 'ENOSPC', 'EDQUOT') ? 'the disk is full' : (error as Error).message.split(',')[0]
  }
}

/** Moves what stands at a path itself, and never what a link leads to. */
async function move(from: string, to: string, parent: string): Promise<void> {
  const attempt = async () => rename(from, to).catch(unless('EXDEV', async () => copyOver(from, to)))
  const again = async () => {
    await allow(parent)
    await allow(from)
    await attempt()
  }
  await attempt().catch(unless('EACCES', again))
}

/** What to do about one error; every other is thrown. */
function unless(code: string, act: () => Promise<void>): (error: unknown) => Promise<void> {
  return async (error) => {
    if (!hasCode(error, code)) throw error
    await act()
  }
}

/** The command may have taken the right to move it away; a folder needs that itself, for the way up that it holds. */
async function allow(path: string): Promise<void> {
  const { mode } = await lstat(path)
  if ((mode & 0o170000) === 0o040000) await chmod(path, mode | 0o700)
}

/** What is copied to another disk. */
const copyLimits = { entries: 200_000, bytes: 1024 * 1024 * 1024 }

/** Under a name that nobody knows it can't be written to any more; where it can't be copied it gets its name back. */
async function copyOver(from: string, to: string): Promise<void> {
  const aside = join(dirname(from), `.moving-${randomHex(8)}`)
  await rename(from, aside)
  try {
    await cp(aside, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, filter: counting() })
  } catch (error) {
    await rm(to, { recursive: true, force: true })
    await rename(aside, from)
    throw error
  }
  await rm(aside, { recursive: true, force: true })
}

/** Pipes and sockets hold nothing, and can't be copied. */
function counting(): (from: string) => Promise<boolean> {
  let [entries, bytes] = [0, 0]
  return async (from) => {
    const found = await lstat(from)
    entries += 1
    bytes += found.size
    if (entries > copyLimits.entries || bytes > copyLimits.bytes) throw new Error('it is too large for a copy')
    if (found.isDirectory() && (found.mode & 0o700) !== 0o700) await chmod(from, found.mode | 0o700)
    if (found.isFile() && (found.mode & 0o400) === 0) await chmod(from, found.mode | 0o400)
    return found.isFile() || found.isDirectory() || found.isSymbolicLink()
  }
}

/** Folders that the command made for the repository alone. */
async function removeEmpty(folder: string, { folders }: Repositories, root: string): Promise<void> {
  for (let path = folder; path !== root && contains(root, path) && !folders.has(path); path = dirname(path)) {
    try {
      await rmdir(path)
    } catch {
      return
    }
  }
}

/** At most two sentences: of what was moved, and of what was not. */
function inWords(all: readonly Moved[], target: string): string[] {
  const moved = all.filter(({ problem }) => problem === undefined)
  const left = all.filter(({ problem }) => problem !== undefined)
  const [first, ...others] = moved
  const sentences: string[] = []
  if (first !== undefined) {
    const [were, their, them] = others.length === 0 ? ['was', 'its', 'it'] : ['were', 'their', 'them']
    const place = escapeLine(others.length === 0 ? first.place : target)
    const back = `git runs what ${their} settings name; mv brings ${them} back`
    sentences.push(`${madeIn(moved)} ${were} moved to ${place}: ${back}`)
  }
  if (left.length > 0) {
    const care = 'git runs what the settings there name, so read them before you use git'
    sentences.push(`${madeIn(left)} could not be moved away (${left[0]?.problem}): ${care}`)
  }
  return sentences
}

const maxNamed = 3

function madeIn(all: readonly Moved[]): string {
  const names = all
    .slice(0, maxNamed)
    .map(({ folder }) => (folder === '.' ? 'the workspace itself' : escapeLine(folder)))
  const more = all.length > maxNamed ? ` and ${all.length - maxNamed} more folders` : ''
  return `${all.length === 1 ? 'the repository' : 'the repositories'} that a command made in ${names.join(', ')}${more}`
}
