import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance } from '../../src/text/distance.ts'

test.each([
  ['abc', 'abc', 0],
  ['abcdef', 'abXdeY', 2],
  ['modles', 'models', 1],
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
])('%j and %j are %d edits apart', (a, b, edits) => {
  expect(editDistance(a, b)).toBe(edits)
})

test.each([
  ['abcdef', 'abXdeY', 2, 2],
  ['abcdef', 'XbXdeY', 2, Infinity],
  ['abc', 'abcdefgh', 2, Infinity],
  ['modles', 'models', 1, 1],
  ['xmodles', 'models', 1, Infinity],
])('%j and %j with at most %d edits: %d', (a, b, max, edits) => {
  expect(editDistance(a, b, max)).toBe(edits)
})

test('a limit changes no distance that it allows', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 })
  fc.assert(
    fc.property(word, word, fc.nat({ max: 6 }), (a, b, max) => {
      const edits = editDistance(a, b)
      expect(editDistance(a, b, max)).toBe(edits > max ? Infinity : edits)
    }),
  )
})
