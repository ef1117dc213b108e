import { createSweep } from '../v8.ts'
import type { Change } from '../workspace/git/change-list.ts'
import { type LeftOut, modeChange } from './diff-choose.ts'
import type { FileDiff } from './diff-read.ts'
import type { Text } from './diff-texts.ts'
import { unitsOfDiff } from './diff-units.ts'
import { byRisk, rankOfUnit } from './order.ts'
import { renderPatch, renderPatchNote } from './patch.ts'
import { type GatherContext, type NotReviewed, type Source, type Unit, lossyWarning, maxText, sizeOf } from './unit.ts'

/** Files of one diff whose definitions are looked up; those behind them show the lines around their changes. */
const maxParsed = 300

/** A file takes memory and a share of a call to git, however little changed in it; in characters. */
const fileSize = 1000

/** The changes of a diff. Paths are from the top. */
export type Changes = {
  /** Those that are read, in the order of the diff. `bytes`: of the largest unit that each may become, about. */
  wanted: readonly { change: Change; bytes: number }[]
  /** Their texts, in the order in which they are read. */
  texts: AsyncIterable<Text> | Iterable<Text>
  leftOut: readonly LeftOut[]
  /** What lies beside them, by paths from the root. */
  skipped: readonly NotReviewed[]
  warnings: readonly string[]
}

type CollectContext = Pick<GatherContext, 'unitChars' | 'signal'> & { fromRoot: (path: string) => string }

/** Changes as a source of a run: one file after the other. */
export function sourceOfChanges({ texts, ...changes }: Changes, context: CollectContext): Source {
  const { fromRoot } = context
  let { wanted } = changes
  const notes = createNotes()
  const source = { skipped: [...changes.skipped], warnings: [...changes.warnings] }
  const leave = (some: readonly LeftOut[]) => {
    notes.add(some)
    source.skipped.push(...some.map(({ change, reason, gap }) => ({ path: fromRoot(change.path), reason, gap })))
  }
  leave(changes.leftOut)
  const patches = new Map<Change, string>()
  async function* read() {
    for await (const file of readTexts(texts, context)) {
      patches.set(file.change, file.diff)
      leave(file.leftOut)
      source.skipped.push(...file.skipped)
      source.warnings.push(...file.warnings)
      yield file.units
    }
    const reason = 'more changes than one run reads'
    const rest = wanted.filter(({ change }) => !patches.has(change))
    // Of a hundred thousand changes a few thousand are read: what is known of the others is not kept twice.
    wanted = wanted.filter(({ change }) => patches.has(change))
    leave(rest.map(({ change }) => ({ change, reason, gap: true })))
    source.skipped.sort((a, b) => (a.path < b.path ? -1 : 1))
  }
  return {
    ...source,
    read: read(),
    *unread() {
      for (const { change, bytes } of wanted) if (!patches.has(change)) yield { path: fromRoot(change.path), bytes }
    },
    diff: () => wanted.map(({ change }) => patches.get(change) ?? '').join('') + notes.text(),
  }
}

/** Files without text that a diff names; of more their number is said. */
const maxNotes = 1000

function createNotes() {
  const first: LeftOut[] = []
  let count = 0
  return {
    add(some: readonly LeftOut[]) {
      count += some.length
      first.push(...some.slice(0, maxNotes - first.length))
    },
    text() {
      const more = count - first.length
      const notes = first.map(({ change, reason }) => renderPatchNote(change, reason)).join('')
      return notes + (more > 0 ? `(${more} more files changed whose text is not shown)\n` : '')
    },
  }
}

type FileText = Exclude<Text, { reason: string }>

/** What came of one text. */
type Collected = Pick<Source, 'skipped' | 'warnings'> & {
  change: Change
  units: Unit[]
  leftOut: LeftOut[]
  diff: string
}

async function* readTexts(texts: Changes['texts'], context: CollectContext): AsyncGenerator<Collected> {
  let [count, size] = [0, 0]
  const sweep = createSweep()
  const breathe = createPause()
  for await (const file of texts) {
    await breathe()
    context.signal?.throwIfAborted()
    sweep()
    count += 1
    if ('reason' in file) {
      yield { change: file.chosen.change, units: [], skipped: [], leftOut: [file], warnings: [], diff: '' }
      continue
    }
    const read = await readText(file, count <= maxParsed, context)
    yield read.collected
    size += fileSize + read.size
    // guard: diff-limit
    if (size > maxText) break
  }
}

async function readText(file: FileText, inFunctions: boolean, { fromRoot, unitChars }: CollectContext) {
  const { change, chosen } = file
  const { marks } = chosen
  const path = fromRoot(file.path)
  const { units, skipped, isData } = await unitsOfDiff(file, { path, unitChars, inFunctions, marks })
  const [only] = isData ? skipped : []
  const collected: Collected = {
    change: chosen.change,
    units: byRisk(units, rankOfUnit),
    skipped: [...skipped, ...modeNote(path, change)],
    leftOut: [],
    warnings: file.lossy ? [lossyWarning(path)] : [],
    diff: only ? renderPatchNote(change, only.reason) : renderPatch(change, file.lines),
  }
  return { collected, size: only ? 0 : sizeOfLines(file) }
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

/** About the bytes of the largest unit of a change: small hunks share one of `unitChars` characters. */
export function bytesOfChange({ size }: Change, lines: FileDiff['lines'] | undefined, unitChars: number): number {
  if (lines === undefined) return Math.max(unitChars, ((size?.added ?? 0) + (size?.removed ?? 0)) * usualLine)
  let [changed, whole] = [0, 0]
  for (const { kind, text } of lines) {
    whole += text.length + gutter
    if (kind !== 'context') changed += text.length + gutter
  }
  return Math.min(whole, Math.max(unitChars, changed))
}

/** Characters of a line of code, and of what a prompt puts before it. */
const usualLine = 50
const gutter = 10
