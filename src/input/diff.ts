import { posix } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { relativeTo } from '../workspace/confine.ts'
import { withSignal } from '../workspace/git/git.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { type LeftOut, chooseChanges } from './diff-choose.ts'
import type { Change } from '../workspace/git/change-list.ts'
import { type DiffRange, findSince, findUncommitted } from './diff-range.ts'
import { type FileDiff, readChanges } from './diff-read.ts'
import { unitsOfDiff } from './diff-units.ts'
import { leaveOutLarge } from './large.ts'
import { byRisk } from './order.ts'
import { renderPatch, renderPatchNote } from './patch.ts'
import { type GatherContext, type Gathered, type NotReviewed, type Unit, mostText, sizeOf } from './unit.ts'

/** Files of one diff whose definitions are looked up; those behind them show the lines around their changes. */
const mostParsed = 300

/** A file takes memory and a share of a call to git, however little changed in it; in characters. */
const fileSize = 1000

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
  const fromRoot = (path: string) => posix.relative(prefix, path)
  const large = await leaveOutLarge(range.diff.changes, workspace, fromRoot)
  const isLarge = new Set(large.map(({ change }) => change))
  const { chosen, leftOut } = await chooseChanges(
    git,
    range.diff.changes.filter((change) => !isLarge.has(change)),
    prefix,
  )
  leftOut.push(...large)
  const read = await readChosen(range, chosen, { ...context, fromRoot })
  const skipped = [...range.skipped, ...[...leftOut, ...read.leftOut].map(asNotReviewed), ...read.skipped]
  return {
    scope: { kind: range.kind, base: range.base },
    units: byRisk(read.units),
    skipped: skipped
      .map((entry) => ({ ...entry, path: fromRoot(entry.path) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    diff: read.diff + leftOut.map(({ change, reason }) => renderPatchNote(change, reason)).join(''),
    warnings: range.warnings,
  }
}

type Read = { units: Unit[]; skipped: NotReviewed[]; leftOut: LeftOut[]; diff: string }

type ReadContext = GatherContext & { fromRoot: (path: string) => string }

async function readChosen(
  { diff }: DiffRange,
  chosen: readonly Change[],
  { unitChars, signal, fromRoot }: ReadContext,
): Promise<Read> {
  const read: Read = { units: [], skipped: [], leftOut: [], diff: '' }
  let [count, size] = [0, 0]
  for await (const file of readChanges(diff, chosen)) {
    signal?.throwIfAborted()
    count += 1
    if ('failure' in file) {
      read.leftOut.push({ change: file.change, reason: file.failure, gap: true })
      continue
    }
    const found = await unitsOfDiff(file, { path: fromRoot(file.path), unitChars, inFunctions: count <= mostParsed })
    if (typeof found === 'string') read.skipped.push({ path: file.path, reason: found })
    else read.units.push(...found)
    read.diff += renderPatch(file.change, file.lines)
    size += fileSize + sizeOfLines(file)
    // guard: diff-limit
    if (size > mostText) break
  }
  const reason = 'more changes than one run reads'
  read.leftOut.push(...chosen.slice(count).map((change) => ({ change, reason, gap: true as const })))
  return read
}

function sizeOfLines({ lines }: FileDiff): number {
  return lines.reduce((sum, { text }) => sum + sizeOf(text.length, 1), 0)
}

function asNotReviewed({ change, reason, gap }: LeftOut): NotReviewed {
  return gap ? { path: change.path, reason, gap } : { path: change.path, reason }
}
