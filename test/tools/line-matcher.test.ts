import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMatcher } from '../../src/tools/line-matcher.ts'

test('any text that is a part of a line is found there', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (before, part, after) => {
      // `(?i)` in front is not searched for, it is obeyed.
      fc.pre(!part.startsWith('(?i)') && !/(?:[*+?}]|\\\d).*(?:[*+?}]|\\\d)/.test(part))
      expect(
        createMatcher(part)
          .match(['', before + part + after])
          .found.map(({ line }) => line),
      ).toContain(1)
    }),
  )
})

test('a valid expression matches what JavaScript says', () => {
  const lines = ['let a = 1', 'const b = 2', '  a += b']
  expect(createMatcher('^(let|const)\\s+\\w').match(lines).found).toEqual([
    { line: 0, column: 0 },
    { line: 1, column: 0 },
  ])
  expect(createMatcher('b$').match(lines).found).toEqual([{ line: 2, column: 7 }])
})

test('an expression with an imbalance of its own cannot lean on ours', () => {
  const matcher = createMatcher('a)|(b')
  expect(matcher.isRegExp).toBe(false)
  expect(matcher.match(['a', 'b', 'a)|(b']).found).toEqual([{ line: 2, column: 0 }])
})

test('matches without end are counted, and only the first are kept', () => {
  const { found, total } = createMatcher('a').match(Array.from({ length: 5000 }, () => 'a'))
  expect([found.length, total]).toEqual([2000, 5000])
})

test('a very deep expression is searched for as text', () => {
  const matcher = createMatcher('('.repeat(100_000))
  expect(matcher.isRegExp).toBe(false)
})
