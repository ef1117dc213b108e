import { isError } from '../../errors.ts'
import type { Gathered } from '../../input/unit.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { Checked } from '../task.ts'
import { loadBaseline } from './baseline.ts'
import { checkAddedFiles } from './check-files.ts'
import { checkUnits } from './checks.ts'
import { mergeReviews } from './merge.ts'
import { createSuppression } from './suppress.ts'

/** Looks at the work as far as no model is needed for it. */
export async function checkWork(gathered: Gathered, workspace: Workspace, maxFindings?: number): Promise<Checked> {
  const problems: string[] = []
  const added = await checkAddedFiles(gathered, workspace).catch((error: unknown) => {
    // A model was asked by now, and git that fails takes nothing from its answer.
    if (!isError(error, 'git-failed')) throw error
    problems.push(`how large the added files are was not checked: ${error.message}`)
    return []
  })
  const { baseline, problem } = await loadBaseline(workspace)
  if (problem !== undefined) problems.push(problem)
  const accepted = new Set(baseline.findings.map(({ id }) => id))
  let checked: ReturnType<typeof checkUnits> | undefined
  // Of a large input this takes as long as all that comes before it, and no request has to wait for it.
  const look = () => (checked ??= checkUnits(gathered.units))
  return {
    isCertain: () => look().findings.length + added.length > 0,
    settle(results) {
      const { findings, capped } = look()
      const checks = [...findings, ...added]
      const { hides, warnings } = createSuppression(gathered.units, accepted)
      const reviews = results.flatMap(({ review }) => review ?? [])
      // guard: checks-merged
      const merged = mergeReviews(reviews, { checks, hides, maxFindings })
      merged.dropped.capped += capped
      return { ...merged, warnings: [...problems, ...warnings] }
    },
  }
}
