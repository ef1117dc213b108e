import type { Dirent } from 'node:fs'
import { chmod, lstat, opendir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { contains } from '../contains.ts'
import { entryAt } from '../entry.ts'
import { hasCode } from '../open-folder.ts'
import { isSecret } from '../secrets.ts'
import { sensitivityOf } from '../sensitive.ts'
import { type Repositories, idOf, noRepositories, noteEntry } from './repositories.ts'

/** Entries that are looked at: in more the rest is not hidden, so a command is not run. */
const maxEntries = 200_000

/** Below these are other people's packages, and too many of them. */
const packages = new Set(['node_modules', 'target', '.venv', 'venv'])

export type Places = {
  /** What holds secrets by its name, whether git knows it or not, and folders that can't be looked into. */
  secrets: string[]
  /** Nested ones and submodules too. */
  repositories: Repositories
  /** Files that something else runs or obeys, and the folders of repositories' skills; only when they are asked for. */
  obeyed: string[]
}

/** Whether a folder holds a repository's own files or packages, in which secrets are not looked for. */
export function isPackages(path: string): boolean {
  return packages.has(basename(path)) || basename(path) === '.git'
}

type Search = {
  obeyed?: boolean
  /** Our own folders, which are not searched. */
  ours?: readonly string[]
}

/** What is hidden or kept as it is below folders. Undefined when there are too many files. No link is followed. */
export async function findPlaces(
  folders: readonly string[],
  { obeyed = false, ours = [] }: Search = {},
): Promise<Places | undefined> {
  const found: Places = { secrets: [], repositories: noRepositories(), obeyed: [] }
  const enters = (entry: Dirent, path: string, name: string) => {
    if (isHidden(entry, name)) found.secrets.push(path)
    else if (obeyed && isObeyed(entry, name)) found.obeyed.push(path)
    else return !ours.some((folder) => contains(folder, path))
    return false
  }
  const isWhole = await walk(folders, found.repositories, {
    enters,
    locked: async (path) => void found.secrets.push(path),
  })
  return isWhole ? found : undefined
}

/**
 * The repositories below a folder after a command. `closed`: what it could not write to. Where it took away the right to
 * look into a folder, that is given back. Undefined when there are too many files.
 */
export async function findRepositories(
  folder: string,
  { closed, ours }: { closed: readonly string[]; ours: readonly string[] },
): Promise<Repositories | undefined> {
  const found = noRepositories()
  // Their names may have changed with those of the folders around them.
  const ids = new Set(closed.map((path) => idOf(entryAt(path))))
  const enters = (entry: Dirent, path: string) => {
    return entry.isDirectory() && !ours.some((one) => contains(one, path)) && !ids.has(idOf(entryAt(path)))
  }
  const isWhole = await walk([folder], found, { enters, locked: unlock })
  return isWhole ? found : undefined
}

/** True where it can be looked into now. */
async function unlock(path: string): Promise<boolean> {
  const { mode } = await lstat(path)
  return chmod(path, mode | 0o700).then(
    () => true,
    () => false,
  )
}

type Way = {
  /** Whether a folder is looked into. Also called for files. `name`: relative to the folder of the walk. */
  enters: (entry: Dirent, path: string, name: string) => boolean
  /** Is told of a folder that can't be read; true: try again. */
  locked: (path: string) => Promise<boolean | void>
}

/** False when there are too many files. */
async function walk(folders: readonly string[], found: Repositories, { enters, locked }: Way): Promise<boolean> {
  let seen = 0
  for (const top of folders) {
    const waiting = ['']
    for (let under = waiting.pop(); under !== undefined; under = waiting.pop()) {
      const folder = join(top, under)
      found.folders.add(folder)
      const entries = await open(folder, locked)
      if (entries === undefined) continue
      for await (const entry of entries) {
        seen += 1
        if (seen > maxEntries) return false
        noteEntry(found, folder, entry.name)
        const name = under === '' ? entry.name : `${under}/${entry.name}`
        const path = join(top, name)
        if (entry.name.toLowerCase() === '.git' || !enters(entry, path, name) || !entry.isDirectory()) continue
        if (!packages.has(entry.name)) waiting.push(name)
        else notePackages(found, path)
      }
    }
  }
  return true
}

/** Packages are not looked through, but a folder of their name may be anything. */
function notePackages(found: Repositories, path: string): void {
  found.folders.add(path)
  for (const name of ['.git', 'HEAD', 'objects', 'refs', 'commondir', 'config']) {
    if (entryAt(join(path, name)) !== undefined) noteEntry(found, path, name)
  }
}

async function open(folder: string, locked: Way['locked']) {
  try {
    return await opendir(folder)
  } catch (error) {
    // It is gone by now.
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    if (!hasCode(error, 'EACCES', 'EPERM')) throw error
    return (await locked(folder)) === true ? opendir(folder) : undefined
  }
}

function isObeyed(entry: Dirent, name: string): boolean {
  if (entry.isDirectory()) return entry.name === '.local-brain'
  return entry.isFile() && sensitivityOf(name, undefined, undefined) !== undefined
}

function isHidden(entry: Dirent, name: string): boolean {
  return entry.isFile() ? isSecret(name, 'file') : entry.isDirectory() && isSecret(name, 'directory')
}
