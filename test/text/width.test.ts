import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clipWidth, displayWidth, padWidth } from '../../src/text/width.ts'

test.each([
  ['abc', 3],
  ['', 0],
  ['Grüße', 5],
  ['e\u0301', 1],
  ['日本語', 6],
  ['ﾊﾝｶｸ', 4],
  ['ＡＢ', 4],
  ['한글', 4],
  ['\u1112\u1161\u11ab', 2],
  ['한', 2],
  ['👍', 2],
  ['👍🏽', 4],
  ['❤\ufe0f', 2],
  ['🇩🇪', 2],
  ['𠀀', 2],
  ['…', 1],
  ['⠋', 1],
  ['مرحبا', 5],
  ['ไทย', 3],
  ['\u200b', 0],
])('%s takes %i columns', (text, width) => {
  expect(displayWidth(text)).toBe(width)
})

test.each([
  ['日本語のフォルダ', 7, '日本語…'],
  ['日本語のフォルダ', 6, '日本…'],
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['👩‍👩‍👧x', 5, '…'],
  ['ae\u0301iou', 3, 'ae\u0301…'],
  ['abc', 0, ''],
])('%s in %i columns is %s', (text, columns, clipped) => {
  expect(clipWidth(text, columns)).toBe(clipped)
})

test('what was clipped never takes more columns, and what was padded never fewer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 40 }), (text, columns) => {
      expect(displayWidth(clipWidth(text, columns))).toBeLessThanOrEqual(columns)
      expect(displayWidth(padWidth(text, columns))).toBeGreaterThanOrEqual(columns)
    }),
  )
})
