import { posix } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { relativeTo } from '../workspace/confine.ts'
import { withSignal } from '../workspace/git/git.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { beforeChange } from './before.ts'
import { collectTexts } from './collect.ts'
import { type LeftOut, chooseChanges } from './diff-choose.ts'
import { findSince, findUncommitted } from './diff-range.ts'
import { textsOf } from './diff-texts.ts'
import { byRisk } from './order.ts'
import { renderPatchNote } from './patch.ts'
import type { GatherContext, Gathered, NotReviewed } from './unit.ts'

type FoundDiff = Omit<Gathered, 'branch'>

/** The changes of a repository: uncommitted ones, or those since the merge base with `base`. */
export async function gatherDiff(
  { base, head }: { base?: string; head?: string },
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
    ? findUncommitted(git, workspace.view === 'index')
    : findSince(git, base, head))
  const prefix = relativeTo(git.top, workspace.root)
  const fromRoot = (path: string) => posix.relative(prefix, path) + (path.endsWith('/') ? '/' : '')
  const choice = await chooseChanges(range.diff.changes, beforeChange(git, range.before), prefix)
  const read = await collectTexts(textsOf(range.diff, choice, { ...workspace, git }), { ...context, fromRoot })
  const { chosen, apart } = choice
  const reason = 'more changes than one run reads'
  const unread = [...chosen, ...apart].filter((one) => !read.seen.has(one.change.path))
  const leftOut = [
    ...choice.leftOut,
    ...read.leftOut,
    ...unread.map(({ change }): LeftOut => ({ change, reason, gap: true })),
  ]
  const isBelow = ({ path }: NotReviewed) => prefix === '.' || path.startsWith(`${prefix}/`)
  const skipped = [...range.skipped.filter(isBelow), ...leftOut.map(asNotReviewed)]
  return {
    scope: { kind: range.kind, base: range.base },
    units: byRisk(read.units),
    skipped: [...skipped.map((entry) => ({ ...entry, path: fromRoot(entry.path) })), ...read.skipped].sort((a, b) =>
      a.path < b.path ? -1 : 1,
    ),
    diff: read.diff + leftOut.map(({ change, reason }) => renderPatchNote(change, reason)).join(''),
    warnings: [...range.warnings, ...read.warnings],
  }
}

function asNotReviewed({ change, reason, gap }: LeftOut): NotReviewed {
  return gap ? { path: change.path, reason, gap } : { path: change.path, reason }
}
