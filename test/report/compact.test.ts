import { expect, test } from 'vitest'
import { compact } from '../../src/report/compact.ts'
import { finding } from '../tasks/findings/unit.ts'
import { harmful, hostile, reportOf } from './report.ts'

test('first the verdict, then a line for each finding with its quote, then what was not reviewed', () => {
  const report = reportOf({
    findings: [finding({ new: true })],
    notReviewed: [
      { path: 'src/big.ts', reason: 'the time limit was reached', gap: true },
      { path: 'a.lock', reason: 'lock file', gap: false },
    ],
    dropped: { ungrounded: 0, refuted: 0, duplicate: 0, suppressed: 1, capped: 0 },
  })
  expect(
    compact(report),
  ).toBe(`local-brain code-review: 1 finding (1 new), 1/2 parts reviewed, 1 hidden, model=qwen3:8b, 14s, scope=staged
medium bug/null-path src/a.ts:3 [added,verified,new] \`user\` may be null | q: \`return user.name\` | a user who was deleted
not reviewed: src/big.ts (the time limit was reached)
not reviewed: a.lock (lock file)
`)
})

test('an empty result still says what it is about, and approves of nothing', () => {
  const text = compact(reportOf())
  expect(text).toBe('local-brain code-review: 0 findings, 1/1 parts reviewed, model=qwen3:8b, 14s, scope=staged\n')
})

test('a prose answer stands under the verdict', () => {
  expect(compact(reportOf({ findings: null, answer: 'It is 30.' }))).toMatch(
    /^local-brain .*: answered, .*\nIt is 30\.\n$/,
  )
})

test.each([
  ['many findings', reportOf({ findings: Array.from({ length: 90 }, () => finding({ title: 'x'.repeat(80) })) })],
  [
    'many gaps',
    reportOf({ notReviewed: Array.from({ length: 900 }, (_, at) => ({ path: `${at}`, reason: 'r', gap: true })) }),
  ],
  ['a long answer', reportOf({ findings: null, answer: `${'word '.repeat(5000)}\n` })],
  ['a long answer of long characters', reportOf({ findings: null, answer: '😀'.repeat(9000) })],
  ['a long path and quote', reportOf({ findings: [finding({ path: 'p'.repeat(9000), quote: 'q'.repeat(9000) })] })],
])('with %s it has at most 8,000 characters, whole ones, and says that there is more', (name, report) => {
  const text = compact(report)
  expect(text.length).toBeLessThanOrEqual(8000)
  expect(text).not.toMatch(/\p{Surrogate}/u)
  if (name !== 'a long path and quote') expect(text).toMatch(/… \d+ more.*: local-brain last --format json\n$/)
})

test('of what was left out for one reason the first ten are named, so that every reason is seen', () => {
  const many = Array.from({ length: 900 }, (_, at) => ({ path: `${at}`, reason: 'only 8 parts', gap: true }))
  const notReviewed = [...many, { path: 'b', reason: 'the time limit was reached', gap: true }]
  const lines = compact(reportOf({ notReviewed })).trimEnd().split('\n')
  expect(lines.slice(-3)).toEqual([
    'not reviewed: 9 (only 8 parts)',
    '… 890 more (only 8 parts): local-brain last --format json',
    'not reviewed: b (the time limit was reached)',
  ])
})

test('every finding is one line, whatever its texts are', () => {
  const text = compact(
    reportOf({ findings: [finding({ path: hostile, title: hostile, trigger: hostile, quote: hostile })] }),
  )
  expect(text.trimEnd().split('\n')).toHaveLength(2)
  expect(text).not.toMatch(harmful)
})
