import { closeSync, existsSync, lstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import { contains } from '../contains.ts'

/** Where a repository is, canonical and absolute. `common` differs from `folder` in a linked work tree. */
export type GitPlace = { top: string; folder: string; common: string }

/** The top of the work tree that a folder lies in, found as git finds it but without git; undefined outside of one. */
export function findTop(folder: string, device = statSync(folder).dev): string | undefined {
  if (isRepository(join(folder, '.git'))) return folder
  const parent = dirname(folder)
  // git stays on one file system.
  if (parent === folder || statSync(parent).dev !== device) return undefined
  const top = findTop(parent, device)
  // guard: git-inside
  if (top !== undefined && holdsRepository(folder))
    throw refused(`"${folder}" is the inside of a git repository, not its files`, {
      hint: 'local-brain --root <folder>',
    })
  return top
}

/** A `.git` file names a repository elsewhere; a `.git` folder without these is passed over. */
function isRepository(dotGit: string): boolean {
  return statSync(dotGit, { throwIfNoEntry: false })?.isDirectory() ? holdsRepository(dotGit) : existsSync(dotGit)
}

function holdsRepository(folder: string): boolean {
  const has = (name: string) => existsSync(join(folder, name))
  return has('HEAD') && (has('commondir') || (has('objects') && has('refs')))
}

/**
 * Where the repository is, read from its own files as git reads them, so that it can be looked at before git is.
 * `folder` is what GIT_DIR says in a hook.
 */
export function readPlace(top: string, folder = linkedFolder(join(top, '.git'))): GitPlace {
  const real = canonical(folder)
  const commonFile = join(real, 'commondir')
  return { top, folder: real, common: isFile(commonFile) ? canonical(resolve(real, readLine(commonFile))) : real }
}

/** A `.git` file holds `gitdir: <folder>`. */
function linkedFolder(dotGit: string): string {
  if (!isFile(dotGit)) return dotGit
  const [, folder] = /^gitdir: (.+)$/s.exec(readLine(dotGit)) ?? []
  if (folder === undefined) throw refused(`"${dotGit}" does not name a repository`, { hint: 'git status' })
  return resolve(dirname(dotGit), folder)
}

function canonical(folder: string): string {
  try {
    return realpathSync.native(folder)
  } catch (cause) {
    throw refused(`The repository "${folder}" does not exist`, { hint: 'git status', cause })
  }
}

/** A path that is a file's only content. Of an endless file there is a name that does not exist. */
function readLine(file: string): string {
  const buffer = Buffer.alloc(8192)
  const descriptor = openSync(file, 'r')
  try {
    return buffer.toString('utf8', 0, readSync(descriptor, buffer)).trimEnd()
  } finally {
    closeSync(descriptor)
  }
}

/** Whether `rev-parse --path-format=absolute --show-toplevel --git-dir --git-common-dir` says the same. */
export function confirmPlace(place: GitPlace, output: string): void {
  const lines = output.split('\n')
  const [top = '', folder = '', common = ''] = lines
  if (lines.length !== 4 || !top || !folder || !common) throw refused('The repository has no work tree of its own')
  // guard: git-work-tree
  if (realpathSync.native(top) !== place.top)
    throw refused(`The repository at "${place.top}" says that its files are in "${top}"`)
  if (realpathSync.native(folder) !== place.folder || realpathSync.native(common) !== place.common)
    throw refused(`The repository of "${place.top}" is not where its files say: git takes "${folder}"`)
}

/**
 * Refuses a folder that borrows another repository (a `.git` file or link, `commondir`) which does not itself name this
 * folder. `namesWorkTree`: `core.worktree` is set, and git was asked for the top.
 */
export function checkOwner(place: GitPlace, namesWorkTree: boolean): void {
  const dotGit = join(place.top, '.git')
  const entry = lstatSync(dotGit, { throwIfNoEntry: false })
  const owned = entry?.isDirectory()
    ? realpathSync.native(dotGit) === place.folder && place.common === place.folder
    : entry !== undefined && isNamedBack(dotGit, place, namesWorkTree)
  // guard: git-borrowed
  if (!owned)
    throw refused(`"${dotGit}" borrows a repository that does not know this folder: "${place.folder}"`, {
      hint: `git --git-dir "${place.folder}" config core.worktree "${place.top}"`,
    })
}

/** A linked work tree has a back link in the repository, a submodule its `core.worktree`: neither can be forged from here. */
function isNamedBack(dotGit: string, place: GitPlace, namesWorkTree: boolean): boolean {
  if (place.common === place.folder) return namesWorkTree
  const link = join(place.folder, 'gitdir')
  if (dirname(dirname(place.folder)) !== place.common || !isFile(link)) return false
  const back = resolve(place.folder, readLine(link))
  return existsSync(back) && join(realpathSync.native(dirname(back)), basename(back)) === dotGit
}

/** A named pipe in its place would hold up the whole program. */
function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

/** The index that git hands to a hook (`commit -a` and `commit <path>` use one of their own), absolute. */
export function hookIndex(cwd: string, file: string, place: GitPlace): string {
  const index = resolve(cwd, file)
  if (!existsSync(index) || !contains(place.folder, realpathSync.native(index)))
    throw refused(`GIT_INDEX_FILE is not in the repository: "${file}"`, { hint: 'unset GIT_INDEX_FILE' })
  return index
}

export function refused(message: string, options: { hint?: string; cause?: unknown } = {}): LocalBrainError {
  return new LocalBrainError('git-refused', message, options)
}
