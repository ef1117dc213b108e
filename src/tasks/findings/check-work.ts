import { isError } from '../../errors.ts'
import type { Gathered } from '../../input/unit.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { Checked } from '../task.ts'
import { baselineFile, loadBaseline } from './baseline.ts'
import { checkAddedFiles } from './check-files.ts'
import { checkUnits } from './checks.ts'
import { mergeReviews } from './merge.ts'
import { createSuppression } from './suppress.ts'

/** Looks at the work as far as no model is needed for it. */
export async function checkWork(
  gathered: Gathered,
  workspace: Workspace,
  { maxFindings, signal }: { maxFindings?: number; signal?: AbortSignal } = {},
): Promise<Checked> {
  const problems: string[] = []
  // A model was asked by now: git that fails, or the end of the run, takes nothing from its answer.
  const without = (what: string) => (error: unknown) => {
    if (!signal?.aborted && !isError(error, 'git-failed')) throw error
    problems.push(`${what}: ${(error as Error).message}`)
  }
  const sized = checkAddedFiles(gathered, workspace)
  const added = (await sized.catch(without('how large the added files are was not checked'))) ?? []
  const loaded = await loadBaseline(workspace).catch(without(`"${baselineFile}" was not read and hides nothing`))
  if (loaded?.problem !== undefined) problems.push(loaded.problem)
  const accepted = new Set(loaded?.baseline.findings.map(({ id }) => id))
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
