import type { PatchLine } from './patch.ts'

/** Past this number of edits the rest of a text counts as one replacement. */
const maxEdits = 2000

/**
 * What changed between two texts, with every unchanged line: what `git diff` would say of files that git does not
 * compare. Between what both have in front and behind it finds the fewest edits (Myers), as far as they are few.
 */
export function diffTexts(before: string, after: string): PatchLine[] {
  const [old, now] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1
  const kept = pairs(old.slice(start, old.length - end), now.slice(start, now.length - end))
  const result: PatchLine[] = []
  const add = (kind: PatchLine['kind'], from: number | null, to: number | null) => {
    const text = (to === null ? old[from ?? 0] : now[to]) ?? ''
    result.push({ kind, text, old: from === null ? null : from + 1, new: to === null ? null : to + 1 })
  }
  let [from, to] = [0, 0]
  const upTo = (oldEnd: number, newEnd: number) => {
    for (; from < oldEnd; from += 1) add('removed', from, null)
    for (; to < newEnd; to += 1) add('added', null, to)
  }
  const keep = (count: number) => {
    for (let index = 0; index < count; index += 1) add('context', from++, to++)
  }
  keep(start)
  for (const [oldAt, newAt] of kept) {
    upTo(start + oldAt, start + newAt)
    keep(1)
  }
  upTo(old.length - end, now.length - end)
  keep(end)
  return result
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** The lines that stay, by their places in both lists. */
function pairs(old: readonly string[], now: readonly string[]): [number, number][] {
  const trace: Int32Array[] = []
  const offset = maxEdits + 1
  const furthest = new Int32Array(2 * offset + 1)
  for (let edits = 0; edits <= Math.min(maxEdits, old.length + now.length); edits += 1) {
    trace.push(furthest.slice(offset - edits - 1, offset + edits + 2))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const below = furthest[offset + diagonal + 1] ?? 0
      const right = (furthest[offset + diagonal - 1] ?? 0) + 1
      let x = diagonal === -edits || (diagonal !== edits && right <= below) ? below : right
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x += 1
      furthest[offset + diagonal] = x
      if (x >= old.length && x - diagonal >= now.length) return walkBack(trace, old.length, now.length)
    }
  }
  return []
}

/** From the end to the start: each step is one edit and the lines kept before it. */
function walkBack(trace: readonly Int32Array[], oldEnd: number, newEnd: number): [number, number][] {
  const kept: [number, number][] = []
  let [x, y] = [oldEnd, newEnd]
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const known = trace[edits] ?? new Int32Array()
    const at = (diagonal: number) => known[diagonal + edits + 1] ?? 0
    const diagonal = x - y
    const isDown = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) + 1 <= at(diagonal + 1))
    const fromX = edits === 0 ? 0 : isDown ? at(diagonal + 1) : at(diagonal - 1)
    const fromY = edits === 0 ? 0 : fromX - (isDown ? diagonal + 1 : diagonal - 1)
    const [startX, startY] = edits === 0 ? [0, 0] : isDown ? [fromX, fromY + 1] : [fromX + 1, fromY]
    while (x > startX && y > startY) kept.push([--x, --y])
    ;[x, y] = [fromX, fromY]
  }
  return kept.reverse()
}
