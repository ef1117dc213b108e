import { definitionsOf } from '../syntax/definitions.ts'
import { languageOf } from '../syntax/language.ts'
import { withoutReturn } from '../workspace/decode.ts'
import type { PatchLine } from '../workspace/git/patch.ts'
import type { Marks } from './attributes.ts'
import type { FileDiff } from './diff-read.ts'
import { skipChange } from './diff-skip.ts'
import { type Hunk, groupChanges, packHunks } from './hunks.ts'
import { type CutLine, notesOfCuts, shortenLine } from './long-lines.ts'
import { codeOfChange, isNotebook } from './notebook.ts'
import { trivialReason } from './trivial.ts'
import { type NotReviewed, type Unit, type UnitLine, renderHeader, renderLines } from './unit.ts'

type UnitOptions = {
  /** How the units call the file. */
  path: string
  unitChars: number
  /** Changes are shown in their definitions; without, among the lines around them. */
  inFunctions: boolean
  marks: Marks
}

/** The units of one changed file and what of it is not looked at. `isData`: none of its text is worth showing. */
export type DiffUnits = { units: Unit[]; skipped: NotReviewed[]; isData?: true }

/** The units of one changed file. Its hunks share a unit of up to `unitChars` characters. */
export async function unitsOfDiff(file: FileDiff, options: UnitOptions): Promise<DiffUnits> {
  const { path, marks } = options
  const { lines, change } = file
  const skip = (reason: string, gap?: true): DiffUnits => ({ units: [], skipped: [{ path, reason, gap }] })
  if (lines.length === 0) {
    return change.size === undefined ? skip('git shows no text of it', true) : skip('no text of it changed')
  }
  const sides = sidesOf(file)
  const skipped = skipChange({ path, ...sides }, marks)
  if (skipped) return { ...skip(skipped.reason, skipped.gap), isData: true }
  const notebook = isNotebook(path) && file.whole ? codeOfChange(lines) : undefined
  if (notebook) return unitsOfNotebook(notebook, options)
  const language = languageOf(path, sides.now)
  const hasSides = change.oldMode !== '000000' && change.newMode !== '000000'
  const trivial = file.whole && hasSides ? await trivialReason({ path, language, lines }) : undefined
  if (trivial !== undefined) {
    return skip(change.oldPath === undefined ? trivial : `renamed from ${change.oldPath}, ${trivial}`)
  }
  return unitsOfLines(file, language, options)
}

function sidesOf({ lines, change }: FileDiff): { old: string | undefined; now: string } {
  const side = (left: PatchLine['kind']) => lines.flatMap((line) => (line.kind === left ? [] : [line.text])).join('\n')
  const isDeleted = lines.every((line) => line.kind === 'removed')
  const old = change.oldMode === '000000' ? undefined : side('added')
  return { old, now: isDeleted ? (old ?? '') : side('removed') }
}

type Code = Pick<FileDiff, 'lines' | 'whole'>

async function unitsOfLines(file: Code, language: string, options: UnitOptions): Promise<DiffUnits> {
  const { path, unitChars, inFunctions } = options
  const { lines, whole } = file
  const newLines = lines.filter((line) => line.kind !== 'removed')
  const isMixed = newLines.some((line) => line.kind === 'context')
  const text = newLines.map((line) => line.text).join('\n')
  const definitions = inFunctions && whole && isMixed ? await definitionsOf(text, language) : []
  const cuts: CutLine[] = []
  const hunks = packHunks(
    groupChanges(
      lines.map((line) => shorten(line, cuts)),
      definitions,
    ),
    unitChars,
  )
  return { units: hunks.map((hunk) => createUnit(path, language, hunk)), skipped: notesOfCuts(path, cuts) }
}

/** Only what was added is said to be cut: the rest is not the work. */
function shorten(line: PatchLine, cuts: CutLine[]): PatchLine {
  const { text, left } = shortenLine(line.text)
  if (left === 0) return line
  if (line.kind === 'added') cuts.push({ number: line.new ?? 0, left })
  return { ...line, text }
}

async function unitsOfNotebook(
  notebook: { language: string; lines: PatchLine[] },
  options: UnitOptions,
): Promise<DiffUnits> {
  const { path } = options
  const rest: NotReviewed = { path, reason: 'all of the notebook but its code cells' }
  if (notebook.lines.every((line) => line.kind === 'context')) return { units: [], skipped: [rest] }
  const code = { lines: notebook.lines, whole: false }
  const { units, skipped } = await unitsOfLines(code, notebook.language, options)
  return { units, skipped: [...skipped, rest] }
}

function createUnit(path: string, language: string, { lines, scopes, side }: Hunk): Unit {
  const shown = lines.map((line): UnitLine => ({ number: line.new, kind: line.kind, text: withoutReturn(line.text) }))
  const scope = scopes.length > 0 ? scopes.slice(0, 5).join(', ') : undefined
  const [startLine, endLine] = extent(lines, side)
  const unit = { path, language, kind: 'hunk' as const, side, startLine, endLine }
  const text = renderHeader({ path, language, scope }) + renderLines(shown)
  return scope === undefined ? { ...unit, text } : { ...unit, text, scope }
}

/** First and last line, counted in the file that `side` names. */
function extent(lines: readonly PatchLine[], side: 'new' | 'old'): [number, number] {
  const first = lines.find((line) => line[side] !== null)?.[side] ?? 0
  return [first, lines.findLast((line) => line[side] !== null)?.[side] ?? first]
}
