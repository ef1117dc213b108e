import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { sha256 } from '../../text/hash.ts'
import type { Git } from '../../workspace/git/git.ts'
import { openGit } from '../../workspace/git/open.ts'
import type { GitEnvironment } from '../../workspace/git/environment.ts'

/** Where a hook stands: the top of the work tree, and the folder of its repository that holds what is under way. */
export type HookPlace = { top: string; folder: string }

/** Undefined outside a repository. In a hook git is at the top and names its index, which says it all without asking. */
export async function findHookPlace(cwd: string, environment: GitEnvironment): Promise<HookPlace | undefined> {
  const index = environment['GIT_INDEX_FILE']
  if (index && existsSync(join(cwd, '.git'))) return { top: cwd, folder: dirname(resolve(cwd, index)) }
  const git = await openGit(cwd, { environment, hook: true })
  if (git === null) return undefined
  return { top: git.top, folder: (await git.place()).folder }
}

/**
 * True while git makes a commit of what was committed before: a rebase, a cherry-pick, a revert, a merge without
 * conflicts (its hook is pre-merge-commit, which often calls pre-commit). A folder that an old rebase left behind is
 * no rebase without the name of its branch.
 */
export function isReplaying(folder: string, environment: GitEnvironment): boolean {
  if (/^(rebase|cherry-pick|revert|merge|pull)/.test(environment['GIT_REFLOG_ACTION'] ?? '')) return true
  const signs = ['rebase-merge/head-name', 'rebase-apply/head-name', 'CHERRY_PICK_HEAD', 'REVERT_HEAD']
  return signs.some((sign) => existsSync(join(folder, sign)))
}

/** Stands for exactly these staged changes: paths, modes and the ids of their contents. */
export async function stagedKey(git: Git): Promise<string> {
  const args = ['diff', '--cached', '--raw', '--no-abbrev', '--no-renames', '-z']
  return keyOf(git.top, await git.bytes(args, { maxBytes: 64 * 1024 * 1024 }))
}

export function keyOf(top: string, changes: string | Buffer): string {
  return sha256(`${top}\0`, changes)
}
