import { join } from 'node:path'
import { isError } from '../../errors.ts'
import type { StorePaths } from '../../store/paths.ts'
import { sha256 } from '../../text/hash.ts'
import type { GitEnvironment } from '../git/environment.ts'
import type { Git, WritingGit } from '../git/git.ts'
import { findGit } from '../git/open.ts'
import { openOwnGit } from '../git/own.ts'
import { type Listed, listFiles } from './list.ts'
import { takeTree } from './snapshot.ts'
import { makeFolder } from '../../store/make-folder.ts'

export type ChangeStoreOptions = {
  /** The top of a repository, or a folder outside of one: canonical. */
  top: string
  paths: Pick<StorePaths, 'state' | 'cache'>
  environment: GitEnvironment
  signal?: AbortSignal | undefined
}

/** The trees and proposals of one project, kept outside of it. */
export type ChangeStore = {
  readonly top: string
  /** Private to the person. */
  readonly folder: string
  readonly own: WritingGit
  readonly repository: Git | null
  readonly options: ChangeStoreOptions
  /** The working tree as it is now. Rejects with LocalBrainError('overflow') past the limits. */
  snapshot(): Promise<Snapshot>
}

export type Snapshot = { tree: string } & Listed

/** Where the changes of a project are kept. */
export function changesFolder(top: string, paths: Pick<StorePaths, 'state'>): string {
  return join(paths.state, 'changes', sha256(top).slice(0, 16))
}

const maxTries = 3

/** Opens the store of a project's changes, and makes it if needed. */
export async function openChangeStore(options: ChangeStoreOptions): Promise<ChangeStore> {
  const { top, paths, environment, signal } = options
  const folder = changesFolder(top, paths)
  makeFolder(folder, 0o700)
  const repository = findGit(top, { environment, signal })
  const own = await openOwnGit({ folder, top, repository, environment, signal })
  return {
    top,
    folder,
    own,
    repository,
    options,
    async snapshot() {
      for (let tries = maxTries; ; tries -= 1) {
        const listed = await listFiles(top, { repository, own }, { ours: [paths.state, paths.cache], signal })
        try {
          return { tree: await takeTree(own, listed.paths, { index: join(folder, 'index'), signal }), ...listed }
        } catch (error) {
          // Another program may have put a link or a folder in the place of a file since it was listed.
          if (tries === 1 || !isError(error, 'git-failed')) throw error
        }
      }
    },
  }
}
