import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { isError } from '../errors.ts'
import type { Change } from '../workspace/git/change-list.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { LeftOut } from './diff-choose.ts'
import { skipByName } from './skip.ts'

/** Git compares what is larger as if it were binary (core.bigFileThreshold in workspace/git/environment.ts). */
const compared = 32 * 1024 * 1024

/** Changed text that is too large to be compared: a limit leaves it out, not the rule for binary files. */
export async function leaveOutLarge(
  changes: readonly Change[],
  workspace: Workspace,
  fromRoot: (path: string) => string,
): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = []
  for (const change of changes) {
    // Where git gave a size it did compare.
    if (change.size || skipByName(change.path) !== undefined || !isLarge(change, workspace)) continue
    if (await isText(fromRoot(change.path), workspace)) leftOut.push({ change, reason: 'larger than 32 MB', gap: true })
  }
  return leftOut
}

function isLarge({ path }: Change, { git, root }: Workspace): boolean {
  const stat = lstatSync(join(git?.top ?? root, path), { throwIfNoEntry: false })
  return stat !== undefined && stat.isFile() && stat.size > compared
}

async function isText(path: string, workspace: Workspace): Promise<boolean> {
  try {
    return !(await workspace.info(path)).binary
  } catch (error) {
    if (isError(error, 'not-available')) return false
    throw error
  }
}
