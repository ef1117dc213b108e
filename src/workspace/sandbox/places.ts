import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isSecret } from '../secrets.ts'
import { sensitivityOf } from '../sensitive.ts'

/** Entries that are looked at: in more the rest is not hidden, so a command is not run. */
const maxEntries = 200_000

/** Below these are other people's packages, and too many of them. */
const packages = new Set(['node_modules', 'target', '.venv', 'venv'])

export type Places = {
  /** Files and folders whose names say that they hold secrets, whether git knows them or not. */
  secrets: string[]
  /** Every `.git`, those of nested repositories and submodules too. */
  repositories: string[]
  /** Files that something else runs or obeys, and the folders of repositories' skills; only when they are asked for. */
  obeyed: string[]
}

/** Whether a folder holds a repository's own files or packages, in which secrets are not looked for. */
export function isPackages(path: string): boolean {
  return packages.has(basename(path)) || basename(path) === '.git'
}

/** What is hidden or kept as it is below folders. Undefined when there are too many files. No link is followed. */
export async function findPlaces(folders: readonly string[], { obeyed = false } = {}): Promise<Places | undefined> {
  const found: Places = { secrets: [], repositories: [], obeyed: [] }
  let seen = 0
  for (const folder of folders) {
    const waiting = ['']
    for (let under = waiting.pop(); under !== undefined; under = waiting.pop()) {
      for await (const entry of await opendir(join(folder, under))) {
        seen += 1
        if (seen > maxEntries) return undefined
        const name = under === '' ? entry.name : `${under}/${entry.name}`
        if (entry.name === '.git') found.repositories.push(join(folder, name))
        else if (isHidden(entry, name)) found.secrets.push(join(folder, name))
        else if (obeyed && isObeyed(entry, name)) found.obeyed.push(join(folder, name))
        else if (entry.isDirectory() && !packages.has(entry.name)) waiting.push(name)
      }
    }
  }
  return found
}

function isObeyed(entry: Dirent, name: string): boolean {
  if (entry.isDirectory()) return entry.name === '.local-brain'
  return entry.isFile() && sensitivityOf(name, undefined, undefined) !== undefined
}

function isHidden(entry: Dirent, name: string): boolean {
  return entry.isFile() ? isSecret(name, 'file') : entry.isDirectory() && isSecret(name, 'directory')
}
