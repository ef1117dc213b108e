import type { Stats } from 'node:fs'
import { join } from 'node:path'
import { entryAt } from '../entry.ts'

/**
 * What git puts into a repository. All of it lies in `.git`, or, in a bare one, beside each other in a folder of any name:
 * git takes that for a repository too, and runs what its `config` names.
 */
const partNames = new Set(
  `head config config.worktree commondir gitdir objects refs reftable packed-refs hooks info logs branches description
  index shallow worktrees modules fetch_head orig_head`.split(/\s+/),
)

type Part = { folder: string; names: string[] }

/** What of a tree is a repository or could become one. Paths are absolute. `born`: milliseconds, 0 where that is not known. */
export type Repositories = {
  /** When this was looked for, in milliseconds. */
  at: number
  /** Every folder that was looked into, or only seen. */
  folders: Set<string>
  /** Every `.git`: a folder, a file or a link. */
  gits: { folder: string; name: string; id: string; born: number }[]
  /** By folder, what lies in it under names that git uses in a repository; born: its HEAD. */
  parts: Map<string, { id: string; names: string[]; born: number }>
}

export function noRepositories(): Repositories {
  return { at: Date.now(), folders: new Set(), gits: [], parts: new Map() }
}

/** Notes an entry of a folder. False for one that does not matter here. */
export function noteEntry(found: Repositories, folder: string, name: string): boolean {
  const path = join(folder, name)
  // A file system may not tell these names apart.
  const folded = name.toLowerCase()
  if (folded === '.git') {
    const entry = entryAt(path)
    found.gits.push({ folder, name, id: idOf(entry), born: entry?.birthtimeMs ?? 0 })
  } else if (partNames.has(folded)) {
    const noted = found.parts.get(folder) ?? { id: idOf(entryAt(folder)), names: [], born: 0 }
    noted.names.push(name)
    if (folded === 'head') noted.born = entryAt(path)?.birthtimeMs ?? 0
    found.parts.set(folder, noted)
  } else return false
  return true
}

/** A name that is given anew does not change it. */
export function idOf(found: Stats | undefined): string {
  return found === undefined ? '' : `${found.dev}:${found.ino}`
}

export function gitsIn({ gits }: Repositories): string[] {
  return gits.map(({ folder, name }) => join(folder, name))
}

/** Folders that git takes for a repository although there is no `.git` in them. */
export function bareIn({ parts }: Repositories): string[] {
  return [...parts].filter(([, { names }]) => isBare(names)).map(([folder]) => folder)
}

function isBare(names: readonly string[]): boolean {
  const folded = new Set(names.map((name) => name.toLowerCase()))
  return folded.has('head') && (folded.has('commondir') || (folded.has('objects') && folded.has('refs')))
}

/** Clocks of disks may be behind. */
const slackMs = 2000

/**
 * What makes repositories of folders now and was not there before. One that only got another place is not among them, nor
 * one whose number changed, as on some network disks, while it is still in its place and older than the first look.
 */
export function newRepositories(before: Repositories, now: Repositories): Part[] {
  const isOlder = (born: number) => born < before.at - slackMs
  const old = new Map(before.gits.map(({ folder, name, id }) => [id, join(folder, name)]))
  const places = new Set(old.values())
  // guard: old-repositories
  const isNewGit = ({ folder, name, id, born }: Repositories['gits'][number]) =>
    !old.has(id) && !(places.has(join(folder, name)) && isOlder(born))
  const gits = now.gits.filter(isNewGit).map(({ folder, name }) => ({ folder, names: [name] }))
  const oldBare = new Map(bareIn(before).map((folder) => [before.parts.get(folder)?.id, folder]))
  const barePlaces = new Set(oldBare.values())
  const bare = bareIn(now).flatMap((folder) => {
    const { id, names, born } = now.parts.get(folder) ?? { id: '', names: [], born: 0 }
    if (oldBare.has(id) || (barePlaces.has(folder) && isOlder(born))) return []
    const known = before.parts.get(folder)
    const kept = new Set(known?.id === id ? known.names : [])
    return [{ folder, names: names.filter((name) => !kept.has(name)) }]
  })
  return [...gits, ...bare]
}
