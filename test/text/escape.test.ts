import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeLine, escapeText, safeJson } from '../../src/text/escape.ts'

const harmful =
  // oxlint-disable-next-line no-misleading-character-class
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/u

const anyText = fc.string({ unit: 'binary', maxLength: 60 })

test('nothing that steers a terminal or hides text passes', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(escapeText(text)).not.toMatch(harmful)
    }),
  )
  fc.assert(
    fc.property(anyText, (text) => {
      expect(escapeLine(text)).not.toMatch(/[\n\t]/)
    }),
  )
  fc.assert(
    fc.property(anyText, (text) => {
      expect(safeJson({ text })).not.toMatch(harmful)
    }),
  )
})

test('escaping twice changes nothing more', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(escapeText(escapeText(text))).toBe(escapeText(text))
    }),
  )
})

test('JSON stays lossless', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(JSON.parse(safeJson({ text }))).toEqual({ text })
    }),
  )
})

test('ordinary text is left alone', () => {
  const text = 'für alle: 日本語 — 😀\n\ttab\n'
  expect(escapeText(text)).toBe(text)
})

test('evidence is shown, not deleted', () => {
  expect(escapeText('a\u001b]52;c;x\u0007b')).toBe('a\\u{1b}]52;c;x\\u{7}b')
})
