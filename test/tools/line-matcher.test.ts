import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectLinear, repeated } from '../growth.ts'
import { createMatcher } from '../../src/tools/line-matcher.ts'

test('any text that is a part of a line is found there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.string({ minLength: 1 }), fc.string(), async (before, part, after) => {
      // `(?i)` in front is not searched for, it is obeyed.
      fc.pre(!part.startsWith('(?i)') && !/(?:[*+?}]|\\\d).*(?:[*+?}]|\\\d)/.test(part))
      expect((await createMatcher(part)).match(['', before + part + after]).found.map(({ line }) => line)).toContain(1)
    }),
  )
})

test('a valid expression matches what JavaScript says', async () => {
  const lines = ['let a = 1', 'const b = 2', '  a += b']
  expect((await createMatcher('^(let|const)\\s+\\w')).match(lines).found).toEqual([
    { line: 0, column: 0 },
    { line: 1, column: 0 },
  ])
  expect((await createMatcher('b$')).match(lines).found).toEqual([{ line: 2, column: 7 }])
})

test('an expression with an imbalance of its own cannot lean on ours', async () => {
  const matcher = await createMatcher('a)|(b')
  expect(matcher.isRegExp).toBe(false)
  expect(matcher.match(['a', 'b', 'a)|(b']).found).toEqual([{ line: 2, column: 0 }])
})

test('matches without end are counted, and only the first are kept', async () => {
  const { found, total } = (await createMatcher('a')).match(Array.from({ length: 5000 }, () => 'a'))
  expect([found.length, total]).toEqual([2000, 5000])
})

test('a very deep expression is searched for as text', async () => {
  const matcher = await createMatcher('('.repeat(100_000))
  expect(matcher.isRegExp).toBe(false)
})

test.each([
  ['a?'.repeat(60) + 'a'.repeat(60), 'a'],
  ['(a+)+$', 'a'],
  ['(x|x)*y', 'x'],
  ['(?:.*a){20}', 'a'],
])('the time for %s grows with the line', async (pattern, piece) => {
  const matcher = await createMatcher(pattern)
  await expectLinear(repeated(piece), (line) => matcher.match([`${line}!`]), { upTo: 16_384 })
})

test.each(['a{1000}'.repeat(30), '(?:a{50}b{50}){20}', 'a{2001}'])(
  'an expression that is written out too long is refused: %s',
  async (pattern) => {
    await expect(createMatcher(pattern)).rejects.toThrow('is too large; use a simpler one')
  },
)

test('columns count as in a string, and case can be left out of account', async () => {
  expect((await createMatcher('B', true)).match(['\u{1f600}b']).found).toEqual([{ line: 0, column: 2 }])
  expect((await createMatcher('(?i)B')).match(['ab']).found).toEqual([{ line: 0, column: 1 }])
})
