import { findSides, listNames } from '../workspace/git/changes.ts'
import type { Git } from '../workspace/git/git.ts'
import { type Diff, readDiff } from './diff-read.ts'
import type { NotReviewed } from './unit.ts'

/** Which changes are the work. */
export type DiffRange = {
  kind: 'staged' | 'unstaged' | 'base'
  base: string | null
  diff: Diff
  /** The tree before the changes; an empty text for the index. */
  before: string
  /** Changes that the range leaves out though somebody may think of them. */
  skipped: NotReviewed[]
  warnings: string[]
}

/**
 * The staged changes; when nothing is staged, the unstaged ones. In a merge, only what was resolved by hand: the rest is
 * the other side's work. With `stagedOnly`, as in a hook, never the unstaged ones.
 */
export async function findUncommitted(git: Git, stagedOnly: boolean): Promise<DiffRange> {
  const found = { base: null, skipped: [], warnings: [] }
  const merge = (await git.isMerging()) ? await mergedTree(git) : undefined
  if (merge !== undefined) {
    const warnings = ['a merge is under way: only what was resolved by hand is looked at']
    return { ...found, warnings, kind: 'staged', diff: await readDiff(git, ['--cached', merge]), before: merge }
  }
  // guard: staged-diff
  const staged = await readDiff(git, ['--cached'])
  const ofStaged: DiffRange = { ...found, kind: 'staged', diff: staged, before: 'HEAD' }
  if (stagedOnly || staged.changes.length > 0) return ofStaged
  const unstaged = await readDiff(git, [])
  return unstaged.changes.length === 0 ? ofStaged : { ...found, kind: 'unstaged', diff: unstaged, before: '' }
}

/** What was committed since the merge base with a revision. What is not committed yet is named, unless `tip` is given. */
export async function findSince(git: Git, revision: string, tip?: string): Promise<DiffRange> {
  const [base, head] = await findSides(git, revision, tip)
  const [uncommitted, diff] = await Promise.all([
    tip === undefined ? listNames(git, [head]) : [],
    readDiff(git, [base, head]),
  ])
  const names = new Set(uncommitted.map(({ path }) => path))
  const skipped = [...names].map((path) => ({ path, reason: 'uncommitted changes' }))
  return { kind: 'base', base: revision, diff, before: base, skipped, warnings: [] }
}

/** What git made of a merge by itself. */
async function mergedTree(git: Git): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', 'AUTO_MERGE^{tree}']
  return (await git.run(args, { exitCodes: [1, 128] })).trim() || undefined
}
