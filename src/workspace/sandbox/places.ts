import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { isSecret } from '../secrets.ts'

/** Entries that are looked at: in more the rest is not hidden, so a command is not run. */
const maxEntries = 200_000

/** Below these are other people's packages, and too many of them. */
const packages = new Set(['node_modules', 'target', '.venv', 'venv'])

export type Places = {
  /** Files and folders whose names say that they hold secrets, whether git knows them or not. */
  secrets: string[]
  /** Every `.git`, those of nested repositories and submodules too. */
  repositories: string[]
}

/** What is hidden or kept as it is below a folder. Undefined when there are too many files. No link is followed. */
export async function findPlaces(folder: string): Promise<Places | undefined> {
  const secrets: string[] = []
  const repositories: string[] = []
  const waiting = ['']
  let seen = 0
  for (let under = waiting.pop(); under !== undefined; under = waiting.pop()) {
    for await (const entry of await opendir(join(folder, under))) {
      seen += 1
      if (seen > maxEntries) return undefined
      const name = under === '' ? entry.name : `${under}/${entry.name}`
      if (entry.name === '.git') repositories.push(name)
      else if (entry.isFile() && isSecret(name, 'file')) secrets.push(name)
      else if (entry.isDirectory() && isSecret(name, 'directory')) secrets.push(name)
      else if (entry.isDirectory() && !packages.has(entry.name)) waiting.push(name)
    }
  }
  const whole = (names: string[]) => names.map((name) => join(folder, name)).sort()
  return { secrets: whole(secrets), repositories: whole(repositories) }
}
