import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import { contains } from '../contains.ts'

/** Where a repository is, canonical and absolute. `common` differs from `folder` in a linked work tree. */
export type GitPlace = { top: string; folder: string; common: string }

/** Parses `rev-parse --path-format=absolute --show-toplevel --git-dir --git-common-dir`. */
export function parsePlace(output: string): GitPlace {
  const lines = output.split('\n')
  const [top = '', folder = '', common = ''] = lines
  if (lines.length !== 4 || !top || !folder || !common) throw refused('The repository has no work tree of its own')
  return { top: realpathSync.native(top), folder: realpathSync.native(folder), common: realpathSync.native(common) }
}

/**
 * Refuses a repository that was told to show other files than those around it (`core.worktree`), and a folder that
 * borrows another repository (a `.git` file or link, `commondir`) which does not itself name this folder.
 */
export function checkPlace(cwd: string, place: GitPlace, namesWorkTree: boolean): void {
  // guard: git-work-tree
  if (!contains(place.top, cwd)) throw refused(`The repository at "${cwd}" says that its files are in "${place.top}"`)
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
  const back = resolve(place.folder, readFileSync(link, 'utf8').trimEnd())
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

function refused(message: string, options: { hint?: string } = {}): LocalBrainError {
  return new LocalBrainError('git-refused', message, options)
}
