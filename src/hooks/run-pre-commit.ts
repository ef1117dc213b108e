import type { RunRequest } from '../run.ts'
import { openGit } from '../workspace/git.ts'
import { isReplaying, stagedKey } from './repository-state.ts'
import { type HookOutcome, type HookPolicy, reviewChanges, silent } from './review-changes.ts'

export type HookRun = { request: RunRequest; policy: HookPolicy; signal: AbortSignal }

/** Reviews exactly what is being committed: the index that git hands over, also through the tools. */
export async function runPreCommit({ request, policy, signal }: HookRun): Promise<HookOutcome> {
  const { cwd, environment } = request
  const git = await openGit(cwd, { environment, hook: true })
  if (git === null || (await isReplaying(git, environment))) return silent
  const work = { files: [], diff: {}, prompt: '' }
  return reviewChanges({ request: { ...request, work }, policy, signal, key: () => stagedKey(git), what: 'commit' })
}
