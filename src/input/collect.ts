import { createSweep } from '../v8.ts'
import type { Change } from '../workspace/git/change-list.ts'
import { type LeftOut, modeChange } from './diff-choose.ts'
import type { FileDiff } from './diff-read.ts'
import type { Text } from './diff-texts.ts'
import { unitsOfDiff } from './diff-units.ts'
import { renderPatch, renderPatchNote } from './patch.ts'
import { type GatherContext, type NotReviewed, type Unit, lossyWarning, maxText, sizeOf } from './unit.ts'

/** Files of one diff whose definitions are looked up; those behind them show the lines around their changes. */
const maxParsed = 300

/** A file takes memory and a share of a call to git, however little changed in it; in characters. */
const fileSize = 1000

/** What came of texts: units, and what of them is not looked at. */
type Collected = {
  units: Unit[]
  /** Paths from the root. */
  skipped: NotReviewed[]
  leftOut: LeftOut[]
  warnings: string[]
  diff: string
  /** From the top. */
  seen: Set<string>
}

type CollectContext = Pick<GatherContext, 'unitChars' | 'signal'> & { fromRoot: (path: string) => string }

export async function collectTexts(
  texts: AsyncIterable<Text> | Iterable<Text>,
  { unitChars, signal, fromRoot }: CollectContext,
): Promise<Collected> {
  const read: Collected = { units: [], skipped: [], leftOut: [], warnings: [], diff: '', seen: new Set() }
  let size = 0
  const sweep = createSweep()
  const breathe = createPause()
  for await (const file of texts) {
    await breathe()
    signal?.throwIfAborted()
    sweep()
    const { change, marks } = file
    read.seen.add(file.path)
    if ('reason' in file) {
      read.leftOut.push(file)
      continue
    }
    const path = fromRoot(file.path)
    const found = await unitsOfDiff(file, { path, unitChars, inFunctions: read.seen.size <= maxParsed, marks })
    read.units.push(...found.units)
    read.skipped.push(...found.skipped, ...modeNote(path, change))
    const [only] = found.isData ? found.skipped : []
    read.diff += only ? renderPatchNote(change, only.reason) : renderPatch(change, file.lines)
    if (file.lossy) read.warnings.push(lossyWarning(path))
    size += fileSize + (only ? 0 : sizeOfLines(file))
    // guard: diff-limit
    if (size > maxText) break
  }
  return read
}

/** Between texts that are all there already, no timer runs and no signal is heard: lets them, every 50 ms. */
function createPause(): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < 50) return
    await new Promise((resolve) => setImmediate(resolve))
    last = performance.now()
  }
}

/** A change of mode is not shown to the model, so it is named. */
function modeNote(path: string, change: Change): NotReviewed[] {
  const reason = modeChange(change)
  return reason === undefined ? [] : [{ path, reason }]
}

function sizeOfLines({ lines }: FileDiff): number {
  return lines.reduce((sum, { text }) => sum + sizeOf(text.length, 1), 0)
}
