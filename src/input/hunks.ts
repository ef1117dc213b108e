import type { Definition } from '../syntax/definitions.ts'
import type { PatchLine } from '../workspace/git/patch.ts'

/** Changed lines with what a reader needs around them. */
export type Hunk = { lines: PatchLine[]; scopes: string[]; side: 'new' | 'old' }

type Range = { from: number; to: number; scope?: string | undefined }

/** The lines before a change explain more of it than the lines after it. */
const around = { before: 20, after: 8 }
const wholeDefinition = 120

/**
 * The changes of one file, each in its whole definition where that is short enough, else with the lines around it.
 * `lines` may be the whole file or leave parts out; `definitions` are those of its new side.
 */
export function groupChanges(lines: readonly PatchLine[], definitions: readonly Definition[]): Hunk[] {
  const rangeOf = createRanges(lines, definitions)
  const ranges: { from: number; to: number; scopes: Set<string> }[] = []
  for (const [index, line] of lines.entries()) {
    if (line.kind === 'context') continue
    const { from, to, scope } = rangeOf(index)
    let range = { from, to, scopes: new Set<string>() }
    for (let last = ranges.at(-1); last && range.from <= last.to + 1; last = ranges.at(-1)) {
      for (const name of range.scopes) last.scopes.add(name)
      range = { from: Math.min(last.from, range.from), to: Math.max(last.to, range.to), scopes: last.scopes }
      ranges.pop()
    }
    if (scope !== undefined) range.scopes.add(scope)
    ranges.push(range)
  }
  return ranges.map(({ from, to, scopes }) => {
    const shown = lines.slice(from, to + 1)
    const side = shown.some((line) => line.kind === 'added') ? 'new' : 'old'
    return { lines: shown, scopes: [...scopes], side }
  })
}

function createRanges(lines: readonly PatchLine[], definitions: readonly Definition[]): (index: number) => Range {
  const indexes = new Map(lines.map((line, index) => [line.new, index]))
  const places = newPlaces(lines)
  const innermost = innermostByLine(definitions)
  const last = lines.length - 1
  return (index) => {
    const near = { from: Math.max(0, index - around.before), to: Math.min(last, index + around.after) }
    const definition = innermost[places[index] ?? 0]
    const from = indexes.get(definition?.startLine ?? -1)
    const to = indexes.get(definition?.endLine ?? -1)
    if (!definition || from === undefined || to === undefined) return near
    const scope = definition.name
    if (to - from >= wholeDefinition) return { from: Math.max(from, near.from), to: Math.min(to, near.to), scope }
    // A definition of a line or two says little by itself.
    return { from: Math.max(0, Math.min(from, index - 3)), to: Math.min(last, Math.max(to, index + 3)), scope }
  }
}

/** Definitions are in order, the outer before the inner, so that the innermost is written last. */
function innermostByLine(definitions: readonly Definition[]): Definition[] {
  const innermost: Definition[] = []
  for (const definition of definitions) {
    if (definition.endLine === definition.startLine) continue
    for (let line = definition.startLine; line <= definition.endLine; line += 1) innermost[line] = definition
  }
  return innermost
}

/** For each line the number of the line in the new file that it is, or that it stood before. */
function newPlaces(lines: readonly PatchLine[]): number[] {
  const places = Array.from<number>({ length: lines.length })
  let place = (lines.findLast((line) => line.new !== null)?.new ?? 0) + 1
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    place = lines[index]?.new ?? place
    places[index] = place
  }
  return places
}

/** Neighbouring hunks of one side, packed up to a number of characters. */
export function packHunks(hunks: readonly Hunk[], maxChars: number): Hunk[] {
  const packed: Hunk[] = []
  let size = 0
  for (const hunk of hunks) {
    const chars = hunk.lines.reduce((sum, line) => sum + line.text.length + 10, 0)
    const last = packed.at(-1)
    size += chars
    if (last && last.side === hunk.side && size <= maxChars) {
      last.lines = [...last.lines, ...hunk.lines]
      last.scopes = [...new Set([...last.scopes, ...hunk.scopes])]
    } else {
      packed.push({ ...hunk })
      size = chars
    }
  }
  return packed
}
