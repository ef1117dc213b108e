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
 * the other side's work. With `only` never the others, as in a hook.
 */
export async function findUncommitted(git: Git, only?: 'staged' | 'unstaged'): Promise<DiffRange> {
  const found = { base: null, skipped: [], warnings: [] }
  if (only === 'unstaged') {
    return { ...found, kind: only, diff: await readDiff(git, []), before: '', skipped: await listUntracked(git) }
  }
  const merge = (await git.isMerging()) ? await mergedTree(git) : undefined
  if (merge !== undefined) {
    const warnings = ['a merge is under way: only what was resolved by hand is looked at']
    return { ...found, warnings, kind: 'staged', diff: await readDiff(git, ['--cached', merge]), before: merge }
  }
  // guard: staged-diff
  const [staged, untracked] = await Promise.all([
    readDiff(git, ['--cached']),
    only === 'staged' ? [] : listUntracked(git),
  ])
  const ofStaged: DiffRange = { ...found, kind: 'staged', diff: staged, before: 'HEAD' }
  if (only === 'staged') return ofStaged
  if (staged.changes.length > 0) return { ...ofStaged, skipped: [...(await listUnstaged(git, staged)), ...untracked] }
  const unstaged = await readDiff(git, [])
  if (unstaged.changes.length === 0) return { ...ofStaged, skipped: untracked }
  return { ...found, kind: 'unstaged', diff: unstaged, before: '', skipped: untracked }
}

/** What was committed since the merge base with a revision. What is not committed yet is named, unless `tip` is given. */
export async function findSince(git: Git, revision: string, tip?: string): Promise<DiffRange> {
  const [base, head] = await findSides(git, revision, tip)
  const [uncommitted, untracked, diff] = await Promise.all([
    tip === undefined ? listNames(git, [head]) : [],
    tip === undefined ? listUntracked(git) : [],
    readDiff(git, [base, head]),
  ])
  const names = new Set(uncommitted.map(({ path }) => path))
  const skipped = [...someBeside([...names], 'uncommitted changes'), ...untracked]
  return { kind: 'base', base: revision, diff, before: base, skipped, warnings: [] }
}

/** What git made of a merge by itself. */
async function mergedTree(git: Git): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', 'AUTO_MERGE^{tree}']
  return (await git.run(args, { exitCodes: [1, 128] })).trim() || undefined
}

function beside(path: string, reason: string): NotReviewed {
  return { path, reason, beside: true }
}

/** Files beside a diff that are named; of more their number is said. */
const maxBeside = 1000

function someBeside(paths: readonly string[], reason: string, isCut = false): NotReviewed[] {
  const named = paths.slice(0, maxBeside).map((path) => beside(path, reason))
  const more = paths.length - named.length
  if (more === 0) return named
  return [...named, beside('.', `${isCut ? 'more than ' : ''}${more} more files: ${reason}`)]
}

/** Changes that are not staged, beside those that are. A file in conflict is among both, and named there. */
async function listUnstaged(git: Git, staged: Diff): Promise<NotReviewed[]> {
  const conflicts = new Set(staged.changes.flatMap(({ status, path }) => (status === 'U' ? [path] : [])))
  const names = new Set((await listNames(git, [])).map(({ path }) => path))
  return someBeside(
    [...names].filter((path) => !conflicts.has(path)),
    'not staged',
  )
}

const maxUntrackedBytes = 1024 * 1024

/** What git does not know yet; a folder of which it knows nothing is one entry, with `/` at its end. */
async function listUntracked(git: Git): Promise<NotReviewed[]> {
  const args = ['ls-files', '-o', '--exclude-standard', '--directory', '--no-empty-directory', '-z']
  const output = await git.run(args, { maxBytes: maxUntrackedBytes, clip: true })
  return someBeside(output.split('\0').slice(0, -1), 'untracked', !output.endsWith('\0'))
}
