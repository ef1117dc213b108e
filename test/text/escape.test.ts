import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeLine, escapeName, escapeProse, escapeProseLine, escapeText, safeJson } from '../../src/text/escape.ts'

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

test('a name is written as JSON writes it', () => {
  const name = anyText.filter((text) => !/["\\]/.test(text))
  fc.assert(
    fc.property(name, (text) => {
      expect(escapeName(text)).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      expect(JSON.parse(`"${escapeName(text)}"`)).toBe(text)
    }),
  )
  expect(escapeName('a\u{e0041}')).toBe('a\\udb40\\udc41')
})

test('ordinary text is left alone', () => {
  const text = 'für alle: 日本語 — 😀\n\ttab\n'
  expect(escapeText(text)).toBe(text)
})

test('evidence is shown, not deleted', () => {
  expect(escapeText('a\u001b]52;c;x\u0007b')).toBe('a\\u{1b}]52;c;x\\u{7}b')
})

describe('in what a model wrote joiners stay where they are needed', () => {
  test.each([
    ['Persian', 'می\u200cخواهم'],
    ['Persian, behind a mark', 'کتابِ\u200cمن'],
    ['a Persian ending of a Latin word', 'API\u200cها و (PDF)\u200cها'],
    ['a Persian ending of a number', '۲۰\u200cتا و 20\u200cتا'],
    ['the joined form of a last letter', 'سال ۱۴۰۲ ه\u200d.ش'],
    ['Urdu', 'آپ\u200cکا'],
    ['Hindi', 'क\u094d\u200dष और क\u094d\u200cष'],
    ['Bengali', 'র\u200d\u09cdয'],
    ['Sinhala', 'ශ\u0dca\u200dරී'],
    ['Malayalam, at the end of a word', 'അവൻ ന\u0d4d\u200d.'],
    ['Kannada', 'ರ\u200d\u0ccdಕ'],
    ['Khmer', 'ក\u17d2\u200cក'],
    ['Mongolian', 'ᠮᠣᠩ\u200dᠭᠣᠯ'],
    ['a family', '👩\u200d👩\u200d👧'],
    ['a profession with a colour of skin', '🧑🏽\u200d💻'],
    ['a heart on fire', '❤\ufe0f\u200d🔥'],
    ['a pirate and a sex', '🏴\u200d☠\ufe0f 🏃\u200d♀\ufe0f'],
  ])('%s', (_, text) => {
    expect(escapeProse(text)).toBe(text)
    expect(escapeProseLine(`${text}\n${text}`)).toBe(`${text} ${text}`)
    for (let at = 1; at < text.length; at += 1) {
      const [before, after] = [text.slice(0, at), text.slice(at)]
      if (!/[\u200c\u200d]$/.test(before) && !/^[\udc00-\udfff]/.test(after))
        expect(escapeProse(before) + escapeProse(after, before)).toBe(text)
    }
    expect(escapeText(text)).not.toMatch(/[\u200c\u200d]/)
  })

  test.each([
    ['a Latin word', 'pay\u200cpal pay\u200dpal'],
    ['a Latin word with an accent', 'cafe\u0301\u200cs'],
    ['Greek and Cyrillic', 'αβ\u200cγ аб\u200dв'],
    ['Chinese and Japanese', '日\u200c本 か\u200dな'],
    ['two in a row, but for one', 'ab\u200c\u200cها'],
    ['a number', '12\u200c34'],
    ['a blank', ' \u200c \u200d '],
    ['an emoji and a word', '👩\u200da'],
    ['the start', '\u200cab'],
  ])('and are shown elsewhere: %s', (_, text) => {
    expect(escapeProse(text)).toBe(escapeText(text))
  })

  test('nothing else that hides or turns text does', () => {
    const text = 'می\u200bخ \u202eab\u200f \u{e0067} می\u2066خ\u001b[2J'
    expect(escapeProse(text)).toBe(escapeText(text))
    fc.assert(
      fc.property(anyText, (any) => {
        expect(escapeProse(any).replace(/[\u200c\u200d]/g, '')).not.toMatch(harmful)
        expect(escapeProse(escapeProse(any))).toBe(escapeProse(any))
        expect(escapeText(escapeProse(any))).toBe(escapeText(any))
      }),
    )
  })
})
