import { expect, test } from 'vitest'
import { isCommentOnly } from '../../src/syntax/comments.ts'

const script = `// one
const a = 1 // two
/* three
   four */ const b = "// five"
  /* six */ /* seven */

const c = \`
// eight
\`
`

test.each([
  [[1], true],
  [[2], false],
  [[3], true],
  [[4], false],
  [[5, 6], true],
  [[1, 2], false],
  [[8], false],
  [[99], false],
])('lines %j of a script: only comments is %s', async (lines, expected) => {
  expect(await isCommentOnly(script, 'javascript', lines)).toBe(expected)
})

test('a comment in Python, Go and Rust is one', async () => {
  expect(await isCommentOnly('# a\nx = 1', 'python', [1])).toBe(true)
  expect(await isCommentOnly('package a\n// b', 'go', [2])).toBe(true)
  expect(await isCommentOnly('/// a\nfn b() {}', 'rust', [1])).toBe(true)
})

test('in a language without a grammar nothing is known to be a comment', async () => {
  expect(await isCommentOnly('# a', 'ruby', [1])).toBe(false)
})
