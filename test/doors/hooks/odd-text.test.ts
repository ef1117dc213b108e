import { expect, test } from 'vitest'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { isMeasured, peakOf, saysPeak } from '../cli/peak.ts'
import { finding, hooked, lastReport, placesIn } from './hook-run.ts'

/** Quotes every added line with the word BUG as it was shown, whatever stands in it. */
function quotesEvery({ messages }: ChatBody) {
  const added = (messages.at(-1)?.content ?? '').split('\n').filter((line) => line.startsWith('+'))
  const quotes = added.filter((line) => line.includes('BUG')).map((line) => line.slice(line.indexOf(' | ') + 3))
  return reply.json({ analysis: '', findings: quotes.map(finding) })
}

const lines = (count: number) => Array.from({ length: count }, (_, n) => `const line${n} = ${n}`).join('\n')

/** What is committed, what is added to it, and what an editor or another tool would take for a line end in it. */
const odd: Record<string, [before: string, after: string]> = {
  'crlf.js': ['one()\r\n', 'one()\r\ntwo()\r\nthree() // BUG\r\n'],
  'return.js': ['one()\n', 'one()\nvar a = "\r"\nvar b = "\r" // BUG\r more\n'],
  'separator.js': ['one()\n', 'one()\nvar a = "\u2028\u2029"\nvar b = "\u2028" // BUG\n'],
  'feed.js': ['one()\n', 'one()\n\f\nvar a = "\v"\nvar b = "\f\u0085" // BUG\n'],
  'nul.js': [`${lines(500)}\n`, `${lines(500)}\nvar a = "\0"\nvar b = 1 // BUG\n`],
  'end.js': ['one()', 'one()\ntwo()\nthree() // BUG'],
  'bom.js': ['\ufeffone()\n', '\ufeffzero() // BUG\none()\n'],
}

// Scenario 15.
test('a finding stands at the line that git blame shows, whatever stands in the lines above', async () => {
  const before = Object.fromEntries(Object.entries(odd).map(([path, [text]]) => [path, text]))
  const { write, git, commit } = await hooked({ files: before, script: quotesEvery })
  for (const [path, [, text]] of Object.entries(odd)) write(path, text)
  git('add', '-A')
  const done = await commit(['-m', 'odd'])
  const places = placesIn(done.stderr, 'wrong-result')
  expect(places.map(([path]) => path).sort()).toEqual(Object.keys(odd).sort())
  for (const [path, line] of places) {
    expect([path, git('blame', '-s', '-L', `${line},${line}`, path)]).toEqual([path, expect.stringContaining('BUG')])
  }
})

// Scenario 16.
test('what no person wrote is left out or divided, with its reason, in bounded memory', async () => {
  const { write, git, commit, shown, env, root } = await hooked({ files: { 'src/a.js': `${lines(6000)}\n` } })
  write('src/a.js', `${lines(6000)}\nconst brain = "${'🧠'.repeat(50_000)}"\n`)
  write('dist/app.js', `${'function f(a){return a+1};'.repeat(8000)}\n`.repeat(3))
  write('data.json', `[${'{"id": 1234567, "name": "somebody"},\n'.repeat(280_000)}{}]\n`)
  git('add', '-A')
  const done = await commit(['-m', 'big'], saysPeak)
  expect(done.stderr).toMatch(/32 of 33 parts reviewed/)
  expect(done.stderr).toMatch(
    /^Not reviewed: data\.json \(git diff wrote more than 6 MB\)\nNot reviewed: dist\/app\.js \(minified\)$/m,
  )
  expect(shown().match(/🧠/gu)).toHaveLength(50_000)
  // Half of a character would be replaced on its way here.
  expect(shown()).not.toContain('\ufffd')
  if (isMeasured) expect(peakOf({ ...done, ms: 0 })).toBeLessThan(300)
  const { notReviewed } = await lastReport(root, env)
  expect(notReviewed.map(({ path, gap }) => [path, gap])).toEqual([
    ['data.json', true],
    ['dist/app.js', false],
  ])
})
