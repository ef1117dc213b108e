import { posix } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { createSweep, keepYoungSmall } from '../v8.ts'
import { relativeTo } from '../workspace/confine.ts'
import { withSignal } from '../workspace/git/git.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { beforeChange } from './before.ts'
import { collectTexts } from './collect.ts'
import { type Choice, type LeftOut, chooseChanges } from './diff-choose.ts'
import { type DiffRange, findSince, findUncommitted } from './diff-range.ts'
import { textsOf } from './diff-texts.ts'
import { byRisk } from './order.ts'
import { renderPatchNote } from './patch.ts'
import { findReviewRules } from './review-rules.ts'
import type { GatherContext, Gathered, NotReviewed } from './unit.ts'

/** Changes past which the space for new objects is kept small. */
const manyChanges = 1000

type FoundDiff = Omit<Gathered, 'branch'>

/** The changes of a repository: uncommitted ones, or those since the merge base with `base`. */
export async function gatherDiff(
  { base, head, only }: { base?: string; head?: string; only?: 'staged' | 'unstaged' },
  workspace: Workspace,
  context: GatherContext,
): Promise<FoundDiff> {
  // guard: no-repository
  if (!workspace.git) {
    throw new LocalBrainError('not-a-repository', `"${workspace.root}" is not in a git repository`, {
      hint: 'local-brain -f <file>, or --root <repository>',
    })
  }
  const git = withSignal(workspace.git, context.signal)
  const range = await (base === undefined
    ? findUncommitted(git, workspace.view === 'index' ? 'staged' : only)
    : findSince(git, base, head))
  if (range.diff.changes.length > manyChanges) keepYoungSmall()
  const sweep = createSweep()
  sweep()
  const prefix = relativeTo(git.top, workspace.root)
  const fromRoot = (path: string) => posix.relative(prefix, path) + (path.endsWith('/') ? '/' : '')
  const [choice, rules] = await Promise.all([
    chooseChanges(range.diff.changes, beforeChange(git, range.before), prefix),
    context.rules ? findReviewRules(git, sourceOfRules(range)) : undefined,
  ])
  sweep()
  const read = await collectTexts(textsOf(range.diff, choice, { ...workspace, git }), { ...context, fromRoot })
  sweep()
  const leftOut = [...choice.leftOut, ...read.leftOut, ...unreadOf(choice, read.seen)]
  const isBelow = ({ path }: NotReviewed) => prefix === '.' || path.startsWith(`${prefix}/`)
  const beside = range.skipped.filter(isBelow).map((entry) => ({ ...entry, path: fromRoot(entry.path) }))
  const skipped = leftOut.map(({ change, reason, gap }): NotReviewed => ({ path: fromRoot(change.path), reason, gap }))
  return {
    scope: { kind: range.kind, base: range.base },
    units: byRisk(read.units),
    skipped: [...beside, ...skipped, ...read.skipped].sort((a, b) => (a.path < b.path ? -1 : 1)),
    diff: read.diff + notesOf(leftOut),
    rules,
    warnings: [...range.warnings, ...read.warnings],
  }
}

/** What is not committed may have changed the index too. */
function sourceOfRules({ kind, base, before }: DiffRange): { tree: string; revision: string } {
  return kind === 'base' ? { tree: before, revision: base ?? before } : { tree: 'HEAD', revision: 'HEAD' }
}

function unreadOf({ chosen, apart }: Choice, seen: ReadonlySet<string>): LeftOut[] {
  const reason = 'more changes than one run reads'
  const unread = [...chosen, ...apart].filter(({ change }) => !seen.has(change.path))
  return unread.map(({ change }) => ({ change, reason, gap: true }))
}

/** Files without text that a diff names; of more their number is said. */
const maxNotes = 1000

function notesOf(leftOut: readonly LeftOut[]): string {
  const notes = leftOut.slice(0, maxNotes).map(({ change, reason }) => renderPatchNote(change, reason))
  const more = leftOut.length - notes.length
  return notes.join('') + (more > 0 ? `(${more} more files changed whose text is not shown)\n` : '')
}
