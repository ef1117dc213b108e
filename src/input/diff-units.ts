import { definitionsOf } from '../syntax/definitions.ts'
import { languageOf } from '../syntax/language.ts'
import type { FileDiff } from './diff-read.ts'
import { withoutReturn } from '../workspace/decode.ts'
import type { PatchLine } from '../workspace/git/patch.ts'
import { type Hunk, changedLines, groupChanges, packHunks } from './hunks.ts'
import { skipByText } from './skip.ts'
import { trivialReason } from './trivial.ts'
import { type Unit, type UnitLine, renderHeader, renderLines } from './unit.ts'

type UnitOptions = {
  /** How the units call the file. */
  path: string
  unitChars: number
  /** Changes are shown in their definitions; without, among the lines around them. */
  inFunctions: boolean
}

/** The units of one changed file, or why it has none. Its hunks share a unit of up to `unitChars` characters. */
export async function unitsOfDiff(file: FileDiff, { path, unitChars, inFunctions }: UnitOptions) {
  const { lines, whole } = file
  if (lines.length === 0) return 'no text of it changed'
  const newLines = lines.filter((line) => line.kind !== 'removed')
  const text = (newLines.length > 0 ? newLines : lines).map((line) => line.text).join('\n')
  const language = languageOf(path, text)
  const reason = skipByText(text) ?? trivialReason(lines, language)
  if (reason !== undefined) return reason
  const isMixed = newLines.some((line) => line.kind === 'context')
  const definitions = inFunctions && whole && isMixed ? await definitionsOf(text, language, changedLines(lines)) : []
  const hunks = packHunks(groupChanges(lines, definitions), unitChars)
  return hunks.map((hunk) => createUnit(path, language, hunk))
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
