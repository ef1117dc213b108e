import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { tokensOf } from '../../src/syntax/tokens.ts'

async function commentsOf(text: string, language: string): Promise<string[] | undefined> {
  const tokens = await tokensOf(text, language)
  return tokens?.filter(({ isComment }) => isComment).map(({ startLine, text }) => `${startLine} ${text}`)
}

test('comments of a script are told from what looks like them', async () => {
  const script = `// one
const a = 1 // two
/* three
   four */ const b = "// five"
  /* six */ /* seven */

const c = \`
// eight
\`
const d = /[/*]/ // nine
const e = <p>// ten</p>
`
  expect(await commentsOf(script, 'javascript')).toEqual([
    '1 // one',
    '2 // two',
    '3 /* three\nfour */',
    '5 /* six */',
    '5 /* seven */',
    '10 // nine',
  ])
})

test('a comment in Python, Go and Rust is one', async () => {
  expect(await commentsOf('# a\nx = 1', 'python')).toEqual(['1 # a'])
  expect(await commentsOf('package a\n// b', 'go')).toEqual(['2 // b'])
  expect(await commentsOf('/// a\nfn b() {}', 'rust')).toEqual(['1 /// a'])
})

test('in a language without a grammar, and in broken code, nothing is known to be a comment', async () => {
  expect(await tokensOf('-- a', 'sql')).toBeUndefined()
  expect(await tokensOf('// a\n((', 'javascript')).toBeUndefined()
})

test('tokens hold every character that is no white space, in order', async () => {
  const piece = fc.constantFrom(
    'a',
    '1',
    '(',
    ')',
    '{',
    '}',
    '`',
    '"',
    '// c\n',
    '/* c */',
    '\n',
    ' ',
    '#',
    '\\',
    "'",
    ';',
  )
  const languages = fc.constantFrom('typescript', 'tsx', 'javascript', 'json', 'python', 'go', 'rust', 'java', 'cpp')
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), languages, async (pieces, language) => {
      const text = pieces.join('')
      const tokens = await tokensOf(text, language)
      if (tokens === undefined) return
      const bare = (content: string) => content.replace(/[ \t\r\n]/g, '')
      expect(bare(tokens.map((token) => token.text).join(''))).toBe(bare(text))
      for (const { startLine, endLine } of tokens) expect(startLine).toBeLessThanOrEqual(endLine)
    }),
    { numRuns: 300 },
  )
})
