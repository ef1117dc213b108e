import { openGit } from '../../workspace/git/open.ts'
import { findHookPlace, isReplaying, stagedKey } from './repository-state.ts'
import { type HookOutcome, type HookReview, reviewChanges, silent } from './review-changes.ts'

export type HookRun = Pick<HookReview, 'request' | 'policy' | 'signal' | 'emit' | 'watch' | 'since' | 'layOut'>

/** Reviews exactly what is being committed: the index that git hands over, which tools read, too. */
export async function runPreCommit(run: HookRun): Promise<HookOutcome> {
  const { request } = run
  const { cwd, environment } = request
  const place = await findHookPlace(cwd, environment)
  if (place === undefined || isReplaying(place.folder, environment)) return silent
  const { top } = place
  const work = { files: [], diff: {}, prompt: '' }
  const key = async () => {
    const git = await openGit(top, { environment, hook: true })
    return git === null ? '' : stagedKey(git)
  }
  return reviewChanges({ ...run, request: { ...request, work, root: top }, key, what: 'commit' })
}
