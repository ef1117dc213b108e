import { expect, test } from 'vitest'
import { fits } from '../../src/core/fits.ts'

const schema = { type: 'object', properties: { line: { type: 'number' }, any: {} }, required: ['line'] }

test.each<[string, boolean]>([
  ['{"line": 1e3}', true],
  ['{"line": 1e1000}', false],
  ['{"line": -11.13e+1000}', false],
  ['{"line": 1, "any": 1e999}', false],
])('a number that JSON could not hold again fits nothing: %s', (text, expected) => {
  expect(fits(schema, JSON.parse(text))).toBe(expected)
})
