import { LocalBrainError } from '../errors.ts'
import { languageOf } from '../syntax/language.ts'
import { bytesOfChange, sourceOfChanges } from './collect.ts'
import { type LeftOut, gapOf, kindOf, unreadableReason } from './diff-choose.ts'
import type { Text } from './diff-texts.ts'
import { byRisk, rankOfChange } from './order.ts'
import { type PatchedFile, readPipedPatch } from './piped-patch.ts'
import { looksLikeProse } from './prose.ts'
import {
  type GatherContext,
  type NotReviewed,
  type PipedText,
  type Source,
  type Unit,
  clipLines,
  countLines,
  lossyWarning,
} from './unit.ts'
import { vendoredPaths } from './vendored.ts'

const path = '<stdin>'

/**
 * What is piped in: of a patch its files, as a diff; of anything else one unit. `kind`: what the person calls it. Rejects
 * with LocalBrainError('unreadable-file').
 */
export async function pipedSource(
  piped: string | PipedText,
  kind: string | undefined,
  context: GatherContext,
): Promise<Source> {
  const { text, lossy } = typeof piped === 'string' ? { text: piped, lossy: false } : piped
  const whole = text.startsWith('\ufeff') ? text.slice(1) : text
  if (whole.includes('\0')) {
    throw new LocalBrainError('unreadable-file', 'Standard input is not text', { hint: 'local-brain -f <text file>' })
  }
  if (whole.trim() === '') return sourceOf({ units: [], skipped: [{ path, reason: 'empty' }] }, [])
  const patch = readPipedPatch(whole)
  if (patch) return patchSource(patch, lossy, context)
  return sourceOf(unitOf(whole, kind), lossy ? [lossyWarning(path)] : [])
}

type OneText = { units: Unit[]; skipped: NotReviewed[] }

/** A text that is there already. */
function sourceOf({ units, skipped }: OneText, warnings: string[]): Source {
  let isRead = false
  async function* read() {
    isRead = true
    yield await Promise.resolve(units)
  }
  return {
    read: read(),
    *unread() {
      if (!isRead) yield* units.map(({ text }) => ({ path, bytes: Buffer.byteLength(text) }))
    },
    skipped,
    warnings,
    diff: () => '',
  }
}

function unitOf(whole: string, kind: string | undefined): OneText {
  const text = clipLines(whole)
  const lines = countLines(text)
  const unit: Unit = {
    path,
    language: languageIn(text, kind),
    kind: 'text',
    side: 'new',
    startLine: 1,
    endLine: lines,
    text,
  }
  const rest = { path, reason: `only the first ${lines} lines are read`, startLine: lines + 1 }
  return { units: [unit], skipped: text === whole ? [] : [{ ...rest, gap: true }] }
}

/** Without a name only the text itself can tell that it is prose. */
function languageIn(text: string, kind: string | undefined): string {
  const language = languageOf('stdin', text)
  return language === 'code' && kind !== 'code' && looksLikeProse(text) ? 'text' : language
}

/** A patch has its own names and lines, wherever it comes from. */
async function patchSource(files: readonly PatchedFile[], lossy: boolean, context: GatherContext): Promise<Source> {
  const vendored = await vendoredPaths(
    files.map(({ change }) => change.path),
    () => Promise.resolve(new Set()),
  )
  const leftOut: LeftOut[] = []
  const read: PatchedFile[] = []
  for (const file of files) {
    const left = leftOutOf(file, vendored)
    if (left) leftOut.push({ change: file.change, ...left })
    else read.push(file)
  }
  const inOrder = byRisk(read, ({ change, lines }) => rankOfChange(change, lines))
  const changes = {
    wanted: read.map(({ change, lines }) => ({ change, bytes: bytesOfChange(change, lines, context.unitChars) })),
    texts: inOrder.map((file) => textOf(file, lossy)),
    leftOut,
    skipped: files
      .filter((file) => file.cut)
      .map(({ change }) => ({ path: change.path, reason: cutReason, gap: true as const })),
    warnings: [],
  }
  return sourceOfChanges(changes, { ...context, fromRoot: (name) => name })
}

const cutReason = 'the patch ends inside of it'

function leftOutOf({ change }: PatchedFile, vendored: ReadonlySet<string>): Omit<LeftOut, 'change'> | undefined {
  const gap = gapOf(change, '.')
  if (gap !== undefined) return { reason: gap, gap: true }
  const kind = kindOf(change, '.')
  if (kind !== undefined) return { reason: kind }
  if (vendored.has(change.path)) return { reason: 'vendored' }
  return change.size === null ? unreadableReason(change.path, 'binary') : undefined
}

/** Only of a new file a patch holds every line. */
function textOf({ change, lines }: PatchedFile, lossy: boolean): Text {
  const isLossy = lossy && lines.some(({ text }) => text.includes('\ufffd'))
  return {
    path: change.path,
    change,
    lines,
    whole: change.oldMode === '000000',
    lossy: isLossy,
    chosen: { change, marks: {} },
  }
}
