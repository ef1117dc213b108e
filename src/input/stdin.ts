import { LocalBrainError } from '../errors.ts'
import { languageOf } from '../syntax/language.ts'
import { collectTexts } from './collect.ts'
import { type LeftOut, gapOf, kindOf, unreadableReason } from './diff-choose.ts'
import type { Text } from './diff-texts.ts'
import { byRisk } from './order.ts'
import { renderPatchNote } from './patch.ts'
import { type PatchedFile, readPipedPatch } from './piped-patch.ts'
import { looksLikeProse } from './prose.ts'
import {
  type GatherContext,
  type NotReviewed,
  type PipedText,
  type Unit,
  clipLines,
  countLines,
  lossyWarning,
} from './unit.ts'
import { vendoredPaths } from './vendored.ts'

const path = '<stdin>'

/** What is piped in: of a patch its files, as a diff; of anything else one unit. */
type Piped = { units: Unit[]; skipped: NotReviewed[]; warnings: string[]; diff: string }

/** `kind`: what the person calls it. */
export async function gatherStdin(
  piped: string | PipedText,
  kind: string | undefined,
  context: GatherContext,
): Promise<Piped> {
  const { text, lossy } = typeof piped === 'string' ? { text: piped, lossy: false } : piped
  const whole = text.startsWith('\ufeff') ? text.slice(1) : text
  if (whole.includes('\0')) {
    throw new LocalBrainError('unreadable-file', 'Standard input is not text', { hint: 'local-brain -f <text file>' })
  }
  if (whole.trim() === '') return { units: [], skipped: [{ path, reason: 'empty' }], warnings: [], diff: '' }
  const patch = readPipedPatch(whole)
  if (patch) return gatherPatch(patch, lossy, context)
  const warnings = lossy ? [lossyWarning(path)] : []
  return { ...unitOf(whole, kind), warnings, diff: '' }
}

function unitOf(whole: string, kind: string | undefined): { units: Unit[]; skipped: NotReviewed[] } {
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
async function gatherPatch(files: readonly PatchedFile[], lossy: boolean, context: GatherContext): Promise<Piped> {
  const vendored = await vendoredPaths(
    files.map(({ change }) => change.path),
    () => Promise.resolve(new Set()),
  )
  const leftOut: LeftOut[] = []
  const texts: Text[] = []
  for (const file of files) {
    const left = leftOutOf(file, vendored)
    if (left) leftOut.push({ change: file.change, ...left })
    else texts.push(textOf(file, lossy))
  }
  const read = await collectTexts(texts, { ...context, fromRoot: (name) => name })
  const reason = 'more changes than one run reads'
  const unread = texts
    .filter((text) => !read.seen.has(text.path))
    .map(({ path: name }) => ({ path: name, reason, gap: true as const }))
  const cut = files
    .filter((file) => file.cut)
    .map(({ change }) => ({ path: change.path, reason: cutReason, gap: true as const }))
  const all = [...leftOut, ...read.leftOut]
  return {
    units: byRisk(read.units),
    skipped: [
      ...all.map(({ change, reason: why, gap }) => ({ path: change.path, reason: why, gap })),
      ...read.skipped,
      ...unread,
      ...cut,
    ],
    warnings: read.warnings,
    diff: read.diff + all.map(({ change, reason: why }) => renderPatchNote(change, why)).join(''),
  }
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
  return { path: change.path, change, lines, whole: change.oldMode === '000000', lossy: isLossy, marks: {} }
}
