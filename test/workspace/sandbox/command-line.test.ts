import { spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { findDenied, isListed, openPrefixes, readPlainLine } from '../../../src/workspace/sandbox/command-line.ts'

test.each([
  'npm  test',
  '"npm" test',
  'n""pm test',
  "npm 'test'",
  'npm test -- --run',
  'npm test 2>&1',
  'npm test > /dev/null',
])('%s runs where npm test is listed', async (line) => expect(await isListed(line, ['npm test'])).toBe(true))

test.each([
  'npm test && rm x',
  'npm test;rm x',
  'npm test\nrm x',
  'npm test $(rm x)',
  'npm test `rm x`',
  'npm test "$(rm x)"',
  'npm test <(rm x)',
  'FOO=1 npm test',
  'npm test > f',
  'npm test >> f',
  'npm test < /etc/passwd',
  'npm test <<< x',
  'npm test << E\nx\nE',
  'npm testx',
  'npmx test',
  'npm test *',
  'npm test ?',
  'npm test {a,b}',
  'npm test ~',
  'npm test $X',
  'npm test "${X@P}"',
  'npm test "unterminated',
  'npm test &',
  'npm test | tee f',
  'npm test |& tee f',
  '! npm test',
  'time npm test',
  '(npm test)',
  '{ npm test; }',
  'npm() { rm x; }; npm test',
  'function npm { rm x; }\nnpm test',
  'coproc npm test',
  'if true; then npm test; fi',
  'for npm in test; do rm x; done',
  '[[ npm == test ]]',
  '((npm=test))',
  'npm\\ test',
  'npm\\\n test',
  "npm $'test'",
  'npm test\0rm x',
  'npm test\r\nrm x',
  'npm\u00a0test',
  'npm\u2028rm x',
  '',
  '# npm test',
  'x=$(npm test)',
  'npm test 3>&1',
  'npm test >& f',
  'npm test &> f',
  'npm test >| f',
  'npm test {fd}> f',
  'alias npm=rm',
  'export PATH=.',
])('%j does not', async (line) => expect(await isListed(line, ['npm test'])).toBe(false))

test('invisible characters are never plain', async () => {
  for (const character of ['\0', '\r', '\u001b', '\u00a0', '\u200b', '\u2028'])
    expect(await isListed(`npm test${character}`, [`npm test${character}`])).toBe(false)
})

test('every command of a line has to be listed', async () => {
  expect(await isListed('git status && npm test | cat', ['npm test', 'git status'])).toBe(false)
  expect(await isListed('git status && npm test | cat', ['npm test', 'git status', 'cat'])).toBe(true)
  expect(await isListed('anything', [])).toBe(false)
  expect(await isListed('anything', ['$(anything)', ''])).toBe(false)
})

test('a prefix that lets more run than it names is pointed out', async () => {
  const named = ['npm test', 'cargo', 'npx tsc', 'node test.js']
  const open = ['env', 'bash', '/usr/bin/sudo', 'bash -c', 'sudo npm test', 'find .', 'node -e', 'npx', 'git -c']
  expect(await openPrefixes([...named, ...open])).toEqual(open)
})

test.each([
  ['git push', true],
  ['git "push" origin', true],
  ['git status && git push', true],
  ['echo $(git push)', true],
  ['X=1 git push > log &', true],
  ['if true; then (git push); fi', true],
  ['git status', false],
  ['git pushed', false],
  ['echo git push', false],
])('what is never run is found wherever it stands: %j is %j', async (line, expected) => {
  expect((await findDenied(line, ['npm publish', 'git push'])) !== undefined).toBe(expected)
})

// What is taken for literal words has to be just these words for bash, whatever it is made of.
test('bash sees the same words', async () => {
  const piece = fc.constantFrom(
    'a',
    'b c',
    "'",
    '"',
    '\\',
    '$',
    '`',
    '*',
    '~',
    '{',
    ',',
    '}',
    '=',
    '!',
    '#',
    '-',
    '/',
    ' ',
    '\t',
    ':',
    '%',
  )
  const tail = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
  await fc.assert(
    fc.asyncProperty(tail, async (text) => {
      const read = await readPlainLine(`words ${text}`)
      if (read === undefined || !read.isOne) return
      const script = `words() { printf '%s\\0' "$@"; }\nwords ${text}`
      const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: '/' })
      const expected = read.commands[0]?.slice(1) ?? []
      expect(stdout.split('\0').slice(0, -1)).toEqual(expected.length === 0 ? (stdout === '\0' ? [''] : []) : expected)
    }),
    { numRuns: 100 },
  )
})
