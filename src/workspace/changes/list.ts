import { accessSync, constants, lstatSync, realpathSync, type Stats } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { LocalBrainError } from '../../errors.ts'
import { contains } from '../contains.ts'
import type { Git } from '../git/git.ts'
import { isSecret } from '../secrets.ts'
import { installedFolders } from '../worktree.ts'

/** The numbers above which there is neither a snapshot nor a copy to work in. */
export const snapshotLimits = { entries: 200_000, bytes: 1024 * 1024 * 1024, fileBytes: 32 * 1024 * 1024, ms: 60_000 }

/** The content of a folder, as far as it is kept. Paths are relative to it. */
export type Listed = {
  /** Files and symbolic links. */
  paths: string[]
  /** Those of them that nobody may write. */
  readOnly: string[]
  /** What is left out, and why. Secrets are left out without a word. */
  left: { path: string; reason: string }[]
}

export const ownRepository = 'a repository of its own'

type ListOptions = {
  /** Folders below which everything is ours: our own state may lie in a repository of somebody's home. */
  ours?: readonly string[]
  signal?: AbortSignal | undefined
}

/** Every file that is tracked or not ignored, as the repository says; `own` lists a folder that is not a repository. */
export async function listFiles(
  top: string,
  { repository, own }: { repository: Git | null; own: Git },
  options: ListOptions = {},
): Promise<Listed> {
  const hidden = repository ? [] : installedFolders.flatMap((name) => ['-x', name])
  const args = ['ls-files', ...(repository ? ['-c'] : []), '-o', '--exclude-standard', ...hidden, '-z']
  const limits = { maxBytes: 128 * 1024 * 1024, timeoutMs: snapshotLimits.ms, signal: options.signal }
  const nothing = { GIT_INDEX_FILE: join((await own.place()).folder, 'no-index') }
  const output = await (repository ?? own).run(args, repository ? limits : { ...limits, env: nothing })
  const names = output.split('\0').filter((name) => name !== '')
  return look(top, [...new Set(names.map((name) => name.replace(/\/$/, '')))], options)
}

/**
 * Every file below one of our own folders, whatever any rule says: a rule could have been written in it. `foreign`: folders that
 * stand for a repository of their own; what has become one is left out as well.
 */
export async function listAll(
  top: string,
  { foreign }: { foreign: ReadonlySet<string> },
  options: ListOptions = {},
): Promise<Listed> {
  const names: string[] = []
  const repositories: Listed['left'] = []
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    options.signal?.throwIfAborted()
    const entries = await readdir(join(top, folder), { withFileTypes: true })
    if (foreign.has(folder) || entries.some(({ name }) => name.toLowerCase() === '.git')) {
      const isShownThere = folder === '' && (await isEmptyFolder(join(top, '.git')))
      if (!isShownThere) repositories.push({ path: folder || '.', reason: ownRepository })
      if (folder !== '') continue
    }
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.name.toLowerCase() === '.git') continue
      ;(entry.isDirectory() ? folders : names).push(path)
    }
    if (names.length + folders.length > snapshotLimits.entries) throw tooMuch('more than 200,000 files')
  }
  const listed = await look(top, names.sort(), options)
  return { ...listed, left: [...listed.left, ...repositories] }
}

/** What is left where a command was shown the repository of the project. */
async function isEmptyFolder(path: string): Promise<boolean> {
  return readdir(path).then(
    (names) => names.length === 0,
    () => false,
  )
}

async function look(top: string, names: readonly string[], { ours = [], signal }: ListOptions): Promise<Listed> {
  const listed: Listed = { paths: [], readOnly: [], left: [] }
  const plain = new Map<string, boolean>()
  const start = Date.now()
  let bytes = 0
  for (const [at, path] of names.entries()) {
    // One call after the other is ten times as fast as to wait for each; in between others get their turn.
    if (at % breathEvery === 0) await setImmediate()
    signal?.throwIfAborted()
    // guard: snapshot-secrets
    if (isSecret(path)) continue
    const full = join(top, path)
    if (ours.some((folder) => contains(folder, full))) continue
    const found = isPlain(top, dirname(path), plain) ? attempt(() => lstatSync(full)) : undefined
    if (found === undefined) continue
    const reason = reasonToLeave(full, found)
    if (reason !== undefined) listed.left.push({ path, reason })
    else {
      listed.paths.push(path)
      if (found.isFile() && (found.mode & 0o222) === 0) listed.readOnly.push(path)
      bytes += found.size
    }
    if (listed.paths.length > snapshotLimits.entries) throw tooMuch('more than 200,000 files')
    // guard: snapshot-limits
    if (bytes > snapshotLimits.bytes) throw tooMuch('more than 1 GB')
    if (Date.now() - start > snapshotLimits.ms) throw tooMuch('more than can be read in 60 s')
  }
  return listed
}

/** A folder on the way that was swapped for a link leads to files that are not in this tree. */
function isPlain(top: string, folder: string, known: Map<string, boolean>): boolean {
  const before = known.get(folder)
  if (before !== undefined) return before
  const full = join(top, folder)
  const plain = attempt(() => realpathSync.native(full)) === full
  known.set(folder, plain)
  return plain
}

/** Files that are looked at in a row. */
const breathEvery = 500

/** Undefined where the system says no. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

function reasonToLeave(path: string, found: Stats): string | undefined {
  if (found.isSymbolicLink()) return undefined
  if (found.isDirectory()) return ownRepository
  if (!found.isFile()) return 'not a file'
  if (found.size > snapshotLimits.fileBytes) return 'larger than 32 MB'
  return attempt(() => accessSync(path, constants.R_OK) ?? true) ? undefined : 'it may not be read'
}

export function tooMuch(what: string): LocalBrainError {
  return new LocalBrainError('overflow', `The folder holds ${what}: no copy of it can be made to work in`, {
    hint: 'local-brain --root <a smaller folder>',
  })
}
