import { expect, test } from 'vitest'
import { wrapBehind } from '../../src/text/wrap.ts'

test.each<[name: string, line: [head: string, text: string, columns: number], expected: string]>([
  ['stays as it is where it has room', ['a  ', 'one  two', 20], 'a  one  two'],
  ['goes on below where it began', ['error: ', 'no such file here', 16], 'error: no such\n       file here'],
  [
    'goes on below a head that takes half of the line',
    ['  wide head  ', 'two words', 12],
    '  wide head\n    two\n    words',
  ],
  [
    'keeps a number and its % together',
    ['Window: ', 'about a half (50 %); full', 24],
    'Window: about a half\n        (50 %); full',
  ],
  ['takes no line apart that begins with a %', ['', 'one two\n%d three', 8], 'one two\n%d three'],
  ['counts wide characters', ['文字 ', 'one two', 11], '文字 one\n     two'],
])('a line %s', (_, line, expected) => {
  expect(wrapBehind(...line)).toBe(expected)
})
