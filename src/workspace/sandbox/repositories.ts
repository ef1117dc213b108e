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

/** What of a tree is a repository or could become one. Paths are absolute. */
export type Repositories = {
  /** Every folder that was looked into, or only seen. */
  folders: Set<string>
  /** Every `.git`: a folder, a file or a link. */
  gits: { folder: string; name: string; id: string }[]
  /** By folder, what lies in it under names that git uses in a repository. */
  parts: Map<string, { id: string; names: string[] }>
}

export function noRepositories(): Repositories {
  return { folders: new Set(), gits: [], parts: new Map() }
}

/** Notes an entry of a folder. False for one that does not matter here. */
export function noteEntry(found: Repositories, folder: string, name: string): boolean {
  const path = join(folder, name)
  // A file system may not tell these names apart.
  const folded = name.toLowerCase()
  if (folded === '.git') found.gits.push({ folder, name, id: idOf(entryAt(path)) })
  else if (partNames.has(folded)) {
    const noted = found.parts.get(folder) ?? { id: idOf(entryAt(folder)), names: [] }
    noted.names.push(name)
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

/** What makes repositories of folders now and was not there before. One that only got another place is not among them. */
export function newRepositories(before: Repositories, now: Repositories): Part[] {
  const old = new Set(before.gits.map(({ id }) => id))
  const oldBare = new Set(bareIn(before).map((folder) => before.parts.get(folder)?.id))
  // guard: old-repositories
  const gits = now.gits.filter(({ id }) => !old.has(id)).map(({ folder, name }) => ({ folder, names: [name] }))
  const bare = bareIn(now).flatMap((folder) => {
    const { id, names } = now.parts.get(folder) ?? { id: '', names: [] }
    if (oldBare.has(id)) return []
    const known = before.parts.get(folder)
    const kept = new Set(known?.id === id ? known.names : [])
    return [{ folder, names: names.filter((name) => !kept.has(name)) }]
  })
  return [...gits, ...bare]
}
