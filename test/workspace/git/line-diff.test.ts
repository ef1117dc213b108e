import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffTexts } from '../../../src/workspace/git/line-diff.ts'

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 30 })
  .map((lines) => lines.map((line) => `${line}\n`).join(''))

const linesOf = (whole: string) => whole.split('\n').slice(0, -1)

/** How many lines two texts have in common, in order. */
function common(a: readonly string[], b: readonly string[]): number {
  let row = b.map(() => 0)
  for (const line of a) {
    const next: number[] = []
    for (const [at, other] of b.entries())
      next.push(line === other ? (row[at - 1] ?? 0) + 1 : Math.max(row[at] ?? 0, next[at - 1] ?? 0))
    row = next
  }
  return row.at(-1) ?? 0
}

test('both sides are there line by line, and as much as can be is unchanged', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffTexts(before, after)
      const old = lines.filter(({ kind }) => kind !== 'added')
      const now = lines.filter(({ kind }) => kind !== 'removed')
      expect(old.map((line) => line.text)).toEqual(linesOf(before))
      expect(now.map((line) => line.text)).toEqual(linesOf(after))
      expect(old.map((line) => line.old)).toEqual(linesOf(before).map((_, index) => index + 1))
      expect(now.map((line) => line.new)).toEqual(linesOf(after).map((_, index) => index + 1))
      expect(lines.filter(({ kind }) => kind === 'context')).toHaveLength(common(linesOf(before), linesOf(after)))
    }),
    { numRuns: 300 },
  )
})

test('texts that have nothing in common take no time', () => {
  const one = Array.from({ length: 50_000 }, (_, index) => `a${index}\n`).join('')
  const other = Array.from({ length: 50_000 }, (_, index) => `b${index}\n`).join('')
  const started = Date.now()
  expect(diffTexts(one, other)).toHaveLength(100_000)
  expect(Date.now() - started).toBeLessThan(3000)
})
