import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Git } from '../workspace/git.ts'
import type { GitEnvironment } from '../workspace/git-environment.ts'

/**
 * True while commits are made again that were there before: a rebase, a cherry-pick, a revert. A folder that an old
 * rebase left behind is no rebase without the name of its branch.
 */
export async function isReplaying(git: Git, environment: GitEnvironment): Promise<boolean> {
  if (/^(rebase|cherry-pick|revert)/.test(environment['GIT_REFLOG_ACTION'] ?? '')) return true
  const folder = (await git.run(['rev-parse', '--absolute-git-dir'])).trimEnd()
  const signs = ['rebase-merge/head-name', 'rebase-apply/head-name', 'CHERRY_PICK_HEAD', 'REVERT_HEAD']
  return signs.some((sign) => existsSync(join(folder, sign)))
}

/** Stands for exactly these staged changes: paths, modes and the ids of their contents. */
export async function stagedKey(git: Git): Promise<string> {
  const list = await git.bytes(['diff', '--cached', '--raw', '--no-abbrev', '--no-renames', '-z'], {
    maxBytes: 64 * 1024 * 1024,
  })
  return keyOf(git.top, list)
}

export function keyOf(top: string, changes: string | Buffer): string {
  return createHash('sha256').update(`${top}\0`).update(changes).digest('hex')
}
