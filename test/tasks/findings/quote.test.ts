import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { locateQuote, similarity } from '../../../src/tasks/findings/quote.ts'
import type { UnitLine } from '../../../src/input/unit.ts'

const shown = (source: string): UnitLine[] =>
  source.split('\n').map((line, at) => ({
    number: at + 10,
    kind: line.startsWith('+') ? 'added' : 'context',
    text: line.slice(1),
  }))

const lines = shown(` function load(path) {
+  const text = read(path)
+  return text.length
 }
 function save(path) {
   const text = read(path)
   write(path, text.trim())
 }`)

const place = (quote: string, hint?: number) => {
  const found = locateQuote(quote, lines, hint)
  return found === null ? null : [found.from, found.to]
}

describe('a quote is found', () => {
  test.each([
    ['as it stands', '  return text.length', [2, 2]],
    ['without its indentation', 'return text.length', [2, 2]],
    ['with the margin the model copied', '+ 12 |   return text.length', [2, 2]],
    ['with a plus sign only', '+  return text.length', [2, 2]],
    ['inside a code fence', '```js\nreturn text.length\n```', [2, 2]],
    ['with other white space', 'write( path,text.trim() )', [6, 6]],
    ['as a piece of a line', 'text.trim()', [6, 6]],
    ['over several lines', 'const text = read(path)\nreturn text.length', [1, 2]],
    ['with one slip of the pen in a long line', 'write(path, text.trimm())', [6, 6]],
  ])('%s', (_, quote, expected) => {
    expect(place(quote)).toEqual(expected)
  })

  test('on the added line when it stands on several', () => {
    expect(place('const text = read(path)')).toEqual([1, 1])
  })

  test('near the hint when several places are equal', () => {
    const same = shown(' return null\n x\n return null')
    expect(locateQuote('return null', same, 12)?.from).toBe(2)
  })
})

describe('a quote is not found', () => {
  test.each([
    ['when it is nowhere', 'await database.close()'],
    ['when it is empty', ''],
    ['when it is only a bracket', '}'],
    ['when it is only a margin', '+ 12 |'],
    ['when it is a word that stands on many lines', 'text'],
  ])('%s', (_, quote) => {
    expect(place(quote)).toBeNull()
  })

  test('by likeness when two places are alike', () => {
    const twins = shown(' const total = compute(first, secondd)\n const total = compute(first, seconde)')
    expect(locateQuote('const total = compute(first, second)', twins)).toBeNull()
  })
})

test('every line of the input with something on it finds itself', () => {
  const text = fc.stringMatching(/^[a-z][a-z (){}.=+-]{7,30}$/)
  fc.assert(
    fc.property(fc.uniqueArray(text, { minLength: 1, maxLength: 8 }), fc.nat(), (texts, pick) => {
      const unit: UnitLine[] = texts.map((line, at) => ({ number: at + 1, kind: 'context', text: line }))
      const wanted = texts[pick % texts.length] ?? ''
      fc.pre(wanted.replace(/\s/g, '').length >= 4)
      const found = locateQuote(wanted, unit)
      expect(texts[found?.from ?? -1]?.trim()).toContain(wanted.trim())
    }),
  )
})

test('whatever the model quotes, a place is inside the unit', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (quote) => {
      const found = locateQuote(quote, lines)
      if (found !== null) expect(found.from >= 0 && found.from <= found.to && found.to < lines.length).toBe(true)
    }),
  )
})

test('similarity is 1 for the same text and 0 for one much longer', () => {
  expect(similarity('abc', 'abc')).toBe(1)
  expect(similarity('abc', 'abcdefgh')).toBe(0)
})
