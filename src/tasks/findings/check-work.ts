import type { Gathered } from '../../input/unit.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import { loadBaseline } from './baseline.ts'
import { checkAddedFiles } from './check-files.ts'
import { checkUnits } from './checks.ts'
import type { Finding } from './finding.ts'
import { type MergedReviews, mergeReviews } from './merge.ts'
import type { UnitReview } from './review.ts'
import { createSuppression } from './suppress.ts'

/** What is known about the work before a model is asked. */
export type Certain = {
  /** Reported whatever a model says, also when none can be asked. */
  findings: readonly Finding[]
  /** All that is to be reported: these and the reviews', without what a comment or the baseline hides. */
  merge: (reviews: readonly UnitReview[]) => MergedReviews & { warnings: string[] }
}

/** Nothing is certain about work that no findings are asked for. */
export const nothingCertain: Certain = {
  findings: [],
  merge: (reviews) => ({ ...mergeReviews(reviews), warnings: [] }),
}

/** Looks at the work as far as no model is needed for it. */
export async function checkWork(gathered: Gathered, workspace: Workspace): Promise<Certain> {
  const { findings, capped } = checkUnits(gathered.units)
  const checks = [...findings, ...(await checkAddedFiles(gathered, workspace))]
  const { baseline, problem } = await loadBaseline(workspace)
  const accepted = new Set(baseline.findings.map(({ id }) => id))
  return {
    findings: checks,
    merge(reviews) {
      const { hides, warnings } = createSuppression(gathered.units, accepted)
      // guard: checks-merged
      const merged = mergeReviews(reviews, { checks, hides })
      merged.dropped.capped += capped
      return { ...merged, warnings: problem === undefined ? warnings : [problem, ...warnings] }
    },
  }
}
