import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shellWord } from '../../src/text/shell-word.ts'

test.each([
  ['plain', 'src/a.ts'],
  ['quoted', "it's $HOME and `this`"],
  ['with control characters', 'a\tb\n\u001bc'],
  ['with an invisible character', 'a\u200bb'],
  ['with an invisible character beyond the first 65,536', 'a\u{e0041}1'],
])('a shell reads a text as it is: %s', (_, text) => {
  const word = shellWord(text)
  const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' }
  expect(execFileSync('bash', ['--norc', '-c', `printf %s ${word}`], { env, encoding: 'utf8' })).toBe(text)
  expect(word).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})
