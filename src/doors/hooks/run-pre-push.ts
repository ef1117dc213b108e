import { openGit } from '../../workspace/git/open.ts'
import { type PushedRef, findRanges } from './pushed.ts'
import { keyOf } from './repository-state.ts'
import { type HookOutcome, reviewChanges, silent } from './review-changes.ts'
import type { HookRun } from './run-pre-commit.ts'

export type Push = { refs: readonly PushedRef[]; remote: string }

/** Reviews what each pushed branch adds to the remote, one after the other, within the time of one review. */
export async function runPrePush(run: HookRun, { refs, remote }: Push): Promise<HookOutcome> {
  const { request } = run
  const { cwd, environment, limits } = request
  const git = await openGit(cwd, { environment, hook: true })
  if (git === null) return silent
  const total: HookOutcome = { lines: [], exitCode: 0 }
  const ranges = await findRanges(git, refs, remote)
  for (const [at, range] of ranges.entries()) {
    // Each has its share of the time, which counts from the same start.
    const timeout = limits?.timeout && Math.ceil((limits.timeout * (at + 1)) / ranges.length)
    const outcome = await reviewChanges({
      ...run,
      request: {
        ...request,
        root: git.top,
        work: { files: [], diff: range, prompt: '' },
        limits: { ...limits, timeout },
      },
      key: async () => keyOf(git.top, `${range.base}..${range.head}`),
      what: 'push',
    })
    total.lines.push(...outcome.lines)
    if (outcome.toPass !== undefined) total.toPass = outcome.toPass
    total.exitCode = Math.max(total.exitCode, outcome.exitCode)
  }
  return total
}
