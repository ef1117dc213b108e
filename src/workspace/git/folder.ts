import type { Dirent } from 'node:fs'
import { lstat, readdir, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { shellWord } from '../../text/shell-word.ts'
import { contains } from '../contains.ts'
import type { GitEnvironment } from './environment.ts'
import { type GitPlace, refused } from './place.ts'

/** Folders that none of our commands read, or that are checked by themselves. */
const unread = new Set(['hooks', 'modules', 'worktrees', 'lfs', 'annex'])

/** Loose references and objects; git packs them long before. */
const maxEntries = 200_000
const foldersAtOnce = 16

/**
 * Refuses a repository that git would leave while it reads: one with a link to the outside (as which objects,
 * references and lists would come from another repository or any other file), a named pipe, or alternates outside of
 * the folders that the person names.
 */
export async function checkFolder({ top, folder, common }: GitPlace, environment: GitEnvironment): Promise<void> {
  const left = { entries: maxEntries }
  await checkBelow(common, common, left)
  if (folder !== common) await checkBelow(folder, common, left)
  await checkStores(common, environment, left)
  for (const name of ['.gitignore', '.gitattributes']) await checkRules(join(top, name))
}

/** Where objects are read from. What is found while it is looked at is looked at, too: a store that lends may borrow. */
async function checkStores(common: string, environment: GitEnvironment, left: { entries: number }): Promise<void> {
  const lenders = await lendersOf(environment)
  const stores = new Set([join(common, 'objects')])
  for (const store of stores) {
    // guard: git-lender
    if (store !== join(common, 'objects')) await checkBelow(store, store, left)
    for (const other of await alternatesOf(store)) stores.add(await lentBy(other, lenders, { store, common }))
  }
}

/** git follows no link there, but waits for a pipe. In the folders below only the time limit ends that. */
async function checkRules(file: string): Promise<void> {
  const found = await lstat(file).catch(() => undefined)
  // guard: git-rules-pipe
  if (found?.isFIFO()) throw refused(`"${file}" is not a file`, { hint: `rm "${file}"` })
}

async function checkBelow(start: string, common: string, left: { entries: number }): Promise<void> {
  const folders = [start]
  for (let some = folders.splice(0, foldersAtOnce); some.length > 0; some = folders.splice(0, foldersAtOnce)) {
    const found = await Promise.all(some.map(async (folder) => ({ folder, entries: await entriesOf(folder) })))
    for (const { folder, entries } of found) {
      left.entries -= entries.length
      if (left.entries < 0)
        throw refused(`"${common}" has more than ${maxEntries.toLocaleString('en-US')} files`, { hint: 'git gc' })
      for (const entry of entries) {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) {
          if (folder !== start || !unread.has(entry.name)) folders.push(path)
        } else if (!entry.isFile()) await checkOdd(path, entry, common)
      }
    }
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  // What is gone by now, or closed to us, git cannot read either.
  return readdir(folder, { withFileTypes: true }).catch(() => [])
}

async function checkOdd(path: string, entry: Dirent, common: string): Promise<void> {
  // git's own monitor of the file system listens on one.
  if (entry.isSocket()) return
  // guard: git-pipe
  if (!entry.isSymbolicLink()) throw refused(`"${path}" is not a file`, { hint: `rm "${path}"` })
  if (entry.name === 'hooks' && dirname(path) === common) return
  const target = await targetOf(path)
  const isInside = contains(common, target) || (isExclude(path, common) && (await isFile(target)))
  // guard: git-link
  if (!isInside)
    throw refused(`"${path}" is a link that leads out of the repository, to "${target}"`, { hint: `ls -l "${path}"` })
}

async function targetOf(link: string): Promise<string> {
  return realpath(link).catch(async () => resolve(dirname(link), await readlink(link)))
}

/** People keep one such file for many repositories. It says what is hidden, and git never quotes it. */
function isExclude(path: string, common: string): boolean {
  return path === join(common, 'info/exclude')
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

/** Folders of mirrors whose objects any repository may borrow, as the person says in the environment. Canonical. */
async function lendersOf({ LOCAL_BRAIN_GIT_OBJECTS: named = '' }: GitEnvironment): Promise<string[]> {
  const folders = named.split(delimiter).filter((folder) => isAbsolute(folder))
  return Promise.all(folders.map(async (folder) => realpath(folder).catch(() => folder)))
}

/** What a store of objects says about others. The file is no link and no pipe: that was checked before. */
async function alternatesOf(store: string): Promise<string[]> {
  const text = await readFile(join(store, 'info/alternates'), 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

type Borrower = { store: string; common: string }

/** The store, canonical, if it lies in a folder of the person's. The repository alone cannot decide to read others. */
async function lentBy(name: string, lenders: readonly string[], { store, common }: Borrower): Promise<string> {
  const target = resolve(store, name)
  const real = await realpath(target).catch(() => target)
  // guard: git-alternates
  if (!lenders.some((lender) => contains(lender, real))) {
    const file = join(store, 'info/alternates')
    const copy = `git --git-dir ${shellWord(common)} repack -a -d && rm ${shellWord(file)}`
    throw refused(`"${common}" takes objects from other folders: "${file}"`, {
      hint: `${copy}; or name the folder of a mirror of your own in LOCAL_BRAIN_GIT_OBJECTS`,
    })
  }
  return real
}
