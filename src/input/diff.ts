import { posix } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { relativeTo } from '../workspace/confine.ts'
import { withSignal } from '../workspace/git/git.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Change } from '../workspace/git/change-list.ts'
import { beforeChange } from './before.ts'
import { type LeftOut, chooseChanges, modeChange } from './diff-choose.ts'
import { findSince, findUncommitted } from './diff-range.ts'
import type { FileDiff } from './diff-read.ts'
import { type Text, textsOf } from './diff-texts.ts'
import { unitsOfDiff } from './diff-units.ts'
import { lossyWarning } from './files.ts'
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
  const choice = await chooseChanges(range.diff.changes, beforeChange(git, range.before), prefix)
  const read = await readChosen(textsOf(range.diff, choice, { ...workspace, git }), { ...context, fromRoot })
  const { chosen, apart } = choice
  const reason = 'more changes than one run reads'
  const unread = [...chosen, ...apart].filter((one) => !read.seen.has(one.change.path))
  const leftOut = [
    ...choice.leftOut,
    ...read.leftOut,
    ...unread.map(({ change }): LeftOut => ({ change, reason, gap: true })),
  ]
  const skipped = [...range.skipped, ...leftOut.map(asNotReviewed)]
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

type Read = {
  units: Unit[]
  /** Paths from the root. */
  skipped: NotReviewed[]
  leftOut: LeftOut[]
  warnings: string[]
  diff: string
  /** From the top. */
  seen: Set<string>
}

type ReadContext = GatherContext & { fromRoot: (path: string) => string }

async function readChosen(texts: AsyncIterable<Text>, { unitChars, signal, fromRoot }: ReadContext): Promise<Read> {
  const read: Read = { units: [], skipped: [], leftOut: [], warnings: [], diff: '', seen: new Set() }
  let size = 0
  for await (const file of texts) {
    signal?.throwIfAborted()
    const { change, marks } = file
    read.seen.add(file.path)
    if ('reason' in file) {
      read.leftOut.push(file)
      continue
    }
    const path = fromRoot(file.path)
    const found = await unitsOfDiff(file, { path, unitChars, inFunctions: read.seen.size <= mostParsed, marks })
    read.units.push(...found.units)
    read.skipped.push(...found.skipped, ...modeNote(path, change, found.units))
    const [only] = found.isData ? found.skipped : []
    read.diff += only ? renderPatchNote(change, only.reason) : renderPatch(change, file.lines)
    if (file.lossy) read.warnings.push(lossyWarning(path))
    size += fileSize + (only ? 0 : sizeOfLines(file))
    // guard: diff-limit
    if (size > mostText) break
  }
  return read
}

/** A change of mode is none that a model is shown. */
function modeNote(path: string, change: Change, units: readonly Unit[]): NotReviewed[] {
  const reason = units.length === 0 ? undefined : modeChange(change)
  return reason === undefined ? [] : [{ path, reason }]
}

function sizeOfLines({ lines }: FileDiff): number {
  return lines.reduce((sum, { text }) => sum + sizeOf(text.length, 1), 0)
}

function asNotReviewed({ change, reason, gap }: LeftOut): NotReviewed {
  return gap ? { path: change.path, reason, gap } : { path: change.path, reason }
}
