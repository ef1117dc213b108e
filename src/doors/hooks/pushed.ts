import { isError } from '../../errors.ts'
import type { Git } from '../../workspace/git/git.ts'

/** The commits of a push: those that `head` has and `base` has not. */
export type PushedRange = { base: string; head: string }

export type PushedRef = { localRef: string; localId: string; remoteId: string }

const none = /^0+$/
const id = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** What git writes to a pre-push hook: `<local ref> <local id> <remote ref> <remote id>` for each reference. */
export function parsePushed(text: string): PushedRef[] {
  return text.split('\n').flatMap((line) => {
    const [localRef = '', localId = '', , remoteId = ''] = line.trim().split(' ')
    return id.test(localId) && id.test(remoteId) ? [{ localRef, localId, remoteId }] : []
  })
}

/** The pushed branches as ranges, each once. A new branch is compared with the remote's default branch. */
export async function findRanges(git: Git, refs: readonly PushedRef[], remote: string): Promise<PushedRange[]> {
  const ranges = new Map<string, PushedRange>()
  for (const { localRef, localId, remoteId } of refs) {
    if (none.test(localId) || localRef.startsWith('refs/tags/')) continue
    const base = (await known(git, remoteId)) ?? (await defaultBranch(git, remote))
    if (base !== undefined && base !== localId) ranges.set(`${base}..${localId}`, { base, head: localId })
  }
  return [...ranges.values()]
}

/** Undefined for a commit that is not in this clone, for example because the remote has moved on. */
async function known(git: Git, commit: string): Promise<string | undefined> {
  return none.test(commit) ? undefined : find(git, commit)
}

async function defaultBranch(git: Git, remote: string): Promise<string | undefined> {
  const heads = ['HEAD', 'main', 'master'].map((name) => `refs/remotes/${remote}/${name}`)
  for (const name of [...heads, 'refs/heads/main', 'refs/heads/master']) {
    const commit = await find(git, name)
    if (commit !== undefined) return commit
  }
  return undefined
}

async function find(git: Git, revision: string): Promise<string | undefined> {
  try {
    return await git.resolve(revision)
  } catch (error) {
    if (isError(error, 'unknown-revision')) return undefined
    throw error
  }
}
