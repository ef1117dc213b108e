import { expect, test } from 'vitest'
import type { PatchLine } from '../../src/workspace/git/patch.ts'
import { groupChanges, packHunks } from '../../src/input/hunks.ts'
import type { Definition } from '../../src/syntax/definitions.ts'

/** A file of so many lines, with some of them added. */
function linesWith(count: number, added: readonly number[]): PatchLine[] {
  return Array.from({ length: count }, (_, index) => {
    const isAdded = added.includes(index + 1)
    const text = `line ${index + 1}`
    return { kind: isAdded ? 'added' : 'context', text, old: isAdded ? null : index + 1, new: index + 1 }
  })
}

const definition = (name: string, startLine: number, endLine: number, depth = 0): Definition => ({
  name,
  kind: 'function',
  startLine,
  endLine,
  signature: name,
  depth,
})

const outer = definition('outer', 30, 90)
const inner = definition('outer.inner', 60, 64, 1)
const first = definition('outer.first', 33, 37, 1)
const long = definition('long', 100, 400)

test.each([
  ['alone, twenty lines before and eight after', [200], [], [[180, 208, '']]],
  ['at the top of a file', [1], [], [[1, 9, '']]],
  ['in a function, the whole of it', [50], [outer], [[30, 90, 'outer']]],
  ['in an inner function, that one', [62], [outer, inner], [[59, 65, 'outer.inner']]],
  ['in an inner function and behind it, both', [62, 70], [outer, inner], [[30, 90, 'outer.inner outer']]],
  [
    'in two inner functions and behind them, all',
    [35, 62, 70],
    [outer, first, inner],
    [[30, 90, 'outer.first outer.inner outer']],
  ],
  ['in a long function, what is near', [250], [long], [[230, 258, 'long']]],
  ['near the start of a long function, not what is above it', [101], [long], [[100, 109, 'long']]],
  [
    'apart from each other, apart',
    [50, 250],
    [outer, long],
    [
      [30, 90, 'outer'],
      [230, 258, 'long'],
    ],
  ],
] as const)('a change %s', (_, added, definitions, expected) => {
  const hunks = groupChanges(linesWith(500, added), definitions)
  expect(hunks.map(({ lines, scopes }) => [lines[0]?.new, lines.at(-1)?.new, scopes.join(' ')])).toEqual(expected)
})

test('removals alone never share a unit with additions', () => {
  const hunks = groupChanges(linesWith(500, [50, 250]), []).map((hunk, index) => ({
    ...hunk,
    side: index === 0 ? ('old' as const) : hunk.side,
  }))
  expect(packHunks(hunks, 100_000)).toHaveLength(2)
})
