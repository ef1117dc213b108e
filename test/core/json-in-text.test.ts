import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonInText } from '../../src/core/json-in-text.ts'
import { expectLinear, repeated } from '../growth.ts'

describe('JSON is found', () => {
  test.each<[string, string, unknown[]]>([
    ['alone', '{"a":1}', [{ a: 1 }]],
    ['in a fence', '```json\n[1, 2]\n```', [[1, 2]]],
    ['after a brace in prose', 'f() { return x } is wrong. {"a":{"b":[]}}', [{ a: { b: [] } }]],
    ['after a quotation mark that nobody closed', 'He said "no. {"a":1}', [{ a: 1 }]],
    ['after a bracket that nobody closed', 'see [1 and (2 {"a":1}', [{ a: 1 }]],
    ['more than once', '{"a":1}{"a":2} and {"a":3}', [{ a: 1 }, { a: 2 }, { a: 3 }]],
    ['with brackets in its strings', '{"a":"} ] { ["}', [{ a: '} ] { [' }]],
    ['with escapes', '{"a":"\\"}\\\\"}', [{ a: '"}\\' }]],
    ['not in prose', 'It is [not] {json}.', []],
  ])('%s', (_, text, values) => {
    expect(jsonInText(text)).toMatchObject({ whole: values, inside: [] })
  })

  test('inside what is broken, apart from what stands for itself', () => {
    const text = '{"a":1} {"list":[{"b":2},{"c":3,},{"d":[4]}]'
    expect(jsonInText(text)).toEqual({ whole: [{ a: 1 }], inside: [{ b: 2 }, { d: [4] }], brokenAt: 8 })
  })

  test('up to where it breaks off', () => {
    expect(jsonInText('{"list":[{"b":2},{"c":').inside).toEqual([{ b: 2 }])
  })

  test('whatever stands around it', () => {
    const noise = fc.stringMatching(/^[a-z ().,!?\n]{0,20}$/)
    fc.assert(
      fc.property(noise, fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 4 }), (words, values) => {
        const text = values.map((value) => `${words}${JSON.stringify(value)}${words}`).join('\n')
        expect(jsonInText(text).whole).toEqual(JSON.parse(JSON.stringify(values)))
      }),
    )
  })

  test('and never something else, whatever the text is', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', ' ', '\n', 'x', '1', '"a"', 'null', '{"a":')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('')
        const { whole, inside } = jsonInText(text)
        for (const value of [...whole, ...inside]) expect(typeof value).toBe('object')
      }),
      { numRuns: 500 },
    )
  })
})

test.each<[string, string]>([
  ['objects', '{}'],
  ['openers', '{"a":'],
  ['lists that open', '['],
  ['braces', '{'],
  ['quotation marks', '"'],
  ['brackets in strings', '["[",'],
  ['brackets in broken strings', '{"['],
  ['escapes', '["\\'],
  ['blanks in a list', '[ \n '],
  ['closed lists in an open one', '[[],'],
])('of hostile text takes time in proportion to its length: %s', async (_, piece) => {
  await expectLinear(repeated(piece), jsonInText, { upTo: 400_000 })
})
