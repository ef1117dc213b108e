import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { sha256 } from '../../text/hash.ts'
import type { Git } from '../../workspace/git/git.ts'
import { openGit } from '../../workspace/git/open.ts'
import type { GitEnvironment } from '../../workspace/git/environment.ts'

/** Where a hook runs: the top of the work tree, and the git folder with the state of rebases and the like. */
export type HookPlace = { top: string; folder: string }

/** Undefined outside a repository. In a hook, git starts at the top and names its index, so it need not be asked. */
export async function findHookPlace(cwd: string, environment: GitEnvironment): Promise<HookPlace | undefined> {
  const index = environment['GIT_INDEX_FILE']
  if (index && existsSync(join(cwd, '.git'))) return { top: cwd, folder: dirname(resolve(cwd, index)) }
  const git = await openGit(cwd, { environment, hook: true })
  if (git === null) return undefined
  return { top: git.top, folder: (await git.place()).folder }
}

/**
 * True while git commits again what was committed before: in a rebase, a cherry-pick, a revert, a merge without
 * conflicts (its hook is pre-merge-commit, which often calls pre-commit). An old rebase may have left its folder
 * behind, so that only counts with the name of its branch.
 */
export function isReplaying(folder: string, environment: GitEnvironment): boolean {
  if (/^(rebase|cherry-pick|revert|merge|pull)/.test(environment['GIT_REFLOG_ACTION'] ?? '')) return true
  const signs = ['rebase-merge/head-name', 'rebase-apply/head-name', 'CHERRY_PICK_HEAD', 'REVERT_HEAD']
  return signs.some((sign) => existsSync(join(folder, sign)))
}

/** Identifies the staged changes exactly: by paths, modes and the ids of their contents. */
export async function stagedKey(git: Git): Promise<string> {
  const args = ['diff', '--cached', '--raw', '--no-abbrev', '--no-renames', '-z']
  return keyOf(git.top, await git.bytes(args, { maxBytes: 64 * 1024 * 1024 }))
}

export function keyOf(top: string, changes: string | Buffer): string {
  return sha256(`${top}\0`, changes)
}
