import { readdir } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { notAvailable } from './confine.ts'
import { contains } from './contains.ts'
import type { EditPolicy } from './edit-policy.ts'
import { parseGlob } from './glob.ts'
import { refuseNever } from './never.ts'
import { statOf } from './open-folder.ts'
import type { Target } from './target.ts'
import type { Workspace } from './workspace.ts'

export type Rules = {
  /** Rejects for what may not be written. */
  check(target: Target): Promise<void>
}

/** Other people's work, which outside a repository no rule of git's keeps apart. */
const installed = /(?:^|\/)(?:node_modules|__pycache__|\.venv|\.hg|\.svn)(?:\/|$)/

export function createRules(workspace: Workspace, { scope, ours = [] }: EditPolicy): Rules {
  const { root, git, ignored } = workspace
  const isInstalled = (paths: string[]) => git === null && paths.some((path) => installed.test(path))
  const inScope = scope?.map((glob) => parseGlob(glob, true))
  return {
    async check({ asked, real, kind }) {
      for (const path of [asked, real]) refuseNever(path)
      // guard: ours-never-written
      if (ours.some((folder) => contains(folder, join(root, real)))) throw notAvailable(asked)
      // guard: ignored-never-written
      if (isInstalled([asked, real]) || (await ignored([asked, real])).size > 0) throw notAvailable(asked)
      // guard: scope
      if (inScope !== undefined && ![asked, real].every((path) => inScope.some((matches) => matches(path)))) {
        throw new LocalBrainError('usage', `${asked} is outside of what may be written here: ${scope?.join(', ')}`)
      }
      if (kind === 'none') await refuseTwin(root, real)
    },
  }
}

/** Two names that look the same and are the same on a Mac: the second one would be a trap. */
async function refuseTwin(root: string, path: string): Promise<void> {
  let folder = '.'
  for (const part of path.split('/')) {
    const next = posix.join(folder, part)
    if ((await statOf(join(root, next))) === undefined) {
      const isAscii = !/[^\u0000-\u007f]/.test(part)
      const names = isAscii ? [] : await readdir(join(root, folder))
      const twin = names.find((name) => name.normalize('NFC') === part.normalize('NFC'))
      // guard: no-twin
      if (twin !== undefined)
        throw new LocalBrainError('usage', `${next} looks like a name that is there with other bytes; use that one`)
      return
    }
    folder = next
  }
}
