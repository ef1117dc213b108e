import type { Watch } from '../../core/deadline.ts'
import type { Emit } from '../../core/events.ts'
import type { RunRequest } from '../../app/request.ts'
import { openGit } from '../../workspace/git/open.ts'
import { findHookPlace, isReplaying, stagedKey } from './repository-state.ts'
import { type HookOutcome, type HookPolicy, reviewChanges, silent } from './review-changes.ts'

export type HookRun = { request: RunRequest; policy: HookPolicy; signal: AbortSignal; emit: Emit; watch?: Watch }

/** Reviews exactly what is being committed: the index that git hands over, which tools read, too. */
export async function runPreCommit({ request, policy, signal, emit, watch }: HookRun): Promise<HookOutcome> {
  const { cwd, environment } = request
  const place = await findHookPlace(cwd, environment)
  if (place === undefined || isReplaying(place.folder, environment)) return silent
  const { top } = place
  const work = { files: [], diff: {}, prompt: '' }
  const key = async () => {
    const git = await openGit(top, { environment, hook: true })
    return git === null ? '' : stagedKey(git)
  }
  return reviewChanges({ request: { ...request, work, root: top }, policy, signal, emit, watch, key, what: 'commit' })
}
