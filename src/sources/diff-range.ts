import { LocalBrainError } from '../errors.ts'
import type { Git } from '../workspace/git.ts'
import type { Change } from './diff-list.ts'
import { type DiffReader, listChanges } from './diff-read.ts'
import type { NotReviewed } from './unit.ts'

/** Which changes are the work. */
export type DiffRange = {
  kind: 'staged' | 'unstaged' | 'base'
  base: string | null
  reader: DiffReader
  changes: Change[]
  /** Changes that the range leaves out though somebody may think of them. */
  skipped: NotReviewed[]
  warnings: string[]
}

type Source = { git: Git; signal?: AbortSignal | undefined }

/**
 * The staged changes; when nothing is staged, the unstaged ones. In a merge, only what was resolved by hand: the rest is
 * the other side's work. With `stagedOnly`, as in a hook, never the unstaged ones.
 */
export async function findUncommitted(source: Source, stagedOnly: boolean): Promise<DiffRange> {
  const staged = { ...source, args: ['--cached'] }
  const [merge, all] = await Promise.all([mergedTree(source.git), listChanges(staged)])
  const found = { base: null, skipped: [], warnings: [] }
  if (merge !== undefined) {
    const reader = { ...source, args: ['--cached', merge] }
    const warnings = ['a merge is under way: only what was resolved by hand is looked at']
    return { ...found, warnings, kind: 'staged', reader, changes: await listChanges(reader) }
  }
  if (stagedOnly || all.length > 0) return { ...found, kind: 'staged', reader: staged, changes: all }
  const unstaged = { ...source, args: [] }
  const worktree = await listChanges(unstaged)
  if (worktree.length === 0) return { ...found, kind: 'staged', reader: staged, changes: all }
  return { ...found, kind: 'unstaged', reader: unstaged, changes: worktree }
}

/** What was committed since the merge base with a revision. What is not committed yet is named, unless `tip` is given. */
export async function findSince(source: Source, revision: string, tip?: string): Promise<DiffRange> {
  const { git } = source
  const [from, head] = await Promise.all([git.resolve(revision), git.resolve(tip ?? 'HEAD')])
  const base = (await git.run(['merge-base', from, head], { exitCodes: [1] })).split('\n')[0] ?? ''
  if (base === '') {
    throw new LocalBrainError(
      'unknown-revision',
      `"${revision}" and ${tip ?? 'HEAD'} have no common commit in this repository`,
      {
        hint: 'git fetch --unshallow (in CI: check out with fetch-depth: 0)',
      },
    )
  }
  const reader = { ...source, args: [base, head] }
  const uncommitted = tip === undefined ? await listChanges({ ...source, args: [head] }) : []
  const names = new Set(uncommitted.map(({ path }) => path))
  const skipped = [...names].map((path) => ({ path, reason: 'uncommitted changes' }))
  return { kind: 'base', base: revision, reader, changes: await listChanges(reader), skipped, warnings: [] }
}

/** What git made of a merge by itself, while one is under way. */
async function mergedTree(git: Git): Promise<string | undefined> {
  const find = async (name: string) =>
    (await git.run(['rev-parse', '--verify', '--quiet', name], { exitCodes: [1, 128] })).trim()
  if ((await find('MERGE_HEAD')) === '') return undefined
  return (await find('AUTO_MERGE^{tree}')) || undefined
}
