import fc from 'fast-check'
import { expect, test } from 'vitest'
import { highlight } from '../../src/syntax/highlight.ts'

const shadesOf = async (text: string, language: string) =>
  (await highlight(text, language))
    .filter(({ shade }) => shade !== 'plain')
    .map(({ text, shade }) => `${shade} ${text}`)

test.each([
  ['typescript', "const a = 'b' // c", ['keyword const', "string 'b'", 'comment // c']],
  ['typescript', 'return `a${b}c`', ['keyword return', 'string `a${b}c`']],
  ['python', 'def f():\n    return 10  # ten', ['keyword def', 'keyword return', 'number 10', 'comment # ten']],
  ['go', 'if err != nil { return 0x1F }', ['keyword if', 'keyword nil', 'keyword return', 'number 0x1F']],
  ['rust', 'let x: u8 = 1;', ['keyword let', 'number 1']],
  [
    'bash',
    'if true; then echo "x"; fi # no',
    ['keyword if', 'keyword then', 'string "x"', 'keyword fi', 'comment # no'],
  ],
])('%s: %s', async (language, text, shades) => {
  expect(await shadesOf(text, language)).toEqual(shades)
})

test('a line that is no whole program is shaded as far as it goes', async () => {
  expect(await shadesOf('  } else if (x === "y") {', 'javascript')).toContain('string "y"')
})

test('a language without a grammar stays plain', async () => {
  expect(await highlight('let a = 1', 'kotlin')).toEqual([{ text: 'let a = 1', shade: 'plain' }])
})

test('the pieces are the text, whatever it is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('typescript', 'python', 'bash'),
      async (text, language) => {
        expect((await highlight(text, language)).map((piece) => piece.text).join('')).toBe(text)
      },
    ),
    { numRuns: 60 },
  )
})
