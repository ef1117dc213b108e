import type { Dirent } from 'node:fs'
import { lstat, readdir, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { contains } from '../contains.ts'
import { type GitPlace, refused } from './place.ts'

/** Folders that none of our commands read, or that are checked by themselves. */
const unread = new Set(['hooks', 'modules', 'worktrees', 'lfs', 'annex'])

/** Loose references and objects; git packs them long before. */
const maxEntries = 200_000
const foldersAtOnce = 16

/**
 * Refuses a repository that git would leave while it reads: one with a link to the outside (as which objects,
 * references and lists would come from another repository or any other file), a named pipe, or alternates.
 */
export async function checkFolder({ top, folder, common }: GitPlace): Promise<void> {
  const left = { entries: maxEntries }
  await checkBelow(common, common, left)
  if (folder !== common) await checkBelow(folder, common, left)
  await checkAlternates(join(common, 'objects/info/alternates'), common)
  for (const name of ['.gitignore', '.gitattributes']) await checkRules(join(top, name))
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

/** Objects of other repositories, wherever they are. The file is no link and no pipe: that was checked before. */
async function checkAlternates(file: string, common: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const names = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  // guard: git-alternates
  if (names.length > 0)
    throw refused(`"${common}" takes objects from other folders: "${file}"`, {
      hint: `git --git-dir "${common}" repack -a -d && rm "${file}"`,
    })
}
