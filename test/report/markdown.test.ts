import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { markdownLine } from '../../src/text/neutral-markdown.ts'
import { findingsMarkdown, markdown } from '../../src/report/markdown.ts'
import { finding } from '../tasks/findings/unit.ts'
import { harmful, hostile, reportOf } from './report.ts'

test('the four headings stand in every review, and the last line says what was looked at', () => {
  expect(findingsMarkdown(reportOf())).toBe(`## Issues Found

None.

## Simplifications

None.

## Consider Later

None.

## Other Observations

None.

Scope: the staged changes. Reviewed: 1 file, 1 part. Not reviewed: nothing`)
})

test('a finding has its place, its line, its reason and what is new about it', () => {
  const report = reportOf({ findings: [finding({ new: true, suggestion: 'return user?.name' })] })
  expect(
    findingsMarkdown(report),
  ).toContain(`- **medium** src/a.ts:3 \`user\` may be null (bug/null-path, kept on a second look, new)
  \`\`\`
  return user.name
  \`\`\`
  The function reads a name from nothing.
  When: a user who was deleted
  Instead:
  \`\`\`
  return user?.name
  \`\`\``)
})

test('a finding stands under the heading of its section', () => {
  const sections = (['observation', 'issue', 'consider-later', 'simplification'] as const).map((section) =>
    finding({ section, title: section }),
  )
  const text = findingsMarkdown(reportOf({ findings: sections }))
  const order = [...text.matchAll(/^## (.+)|^- .*? (issue|simplification|consider-later|observation) /gm)]
  expect(order.map((match) => match[1] ?? match[2]).join(', ')).toBe(
    'Issues Found, issue, Simplifications, simplification, Consider Later, consider-later, Other Observations, observation',
  )
})

test('what was left out, hidden and not shown is said', () => {
  const dropped = { ungrounded: 5, refuted: 0, duplicate: 0, suppressed: 2, capped: 1 }
  const notReviewed = [
    { path: 'src/big.ts', startLine: 1, endLine: 90, reason: 'the time limit was reached', gap: true },
  ]
  expect(findingsMarkdown(reportOf({ dropped, notReviewed }))).toMatch(
    /\nScope: the staged changes\. Reviewed: 1 file, 1 part\. Not reviewed: src\/big\.ts:1-90 \(the time limit was reached\)\. 5 findings were dropped: 5 that the input does not bear out\. Hidden by comments or the baseline: 2\. More findings, not shown: 1$/,
  )
})

test('no finding is never called approval', () => {
  expect(findingsMarkdown(reportOf())).not.toMatch(/\b(safe|approved?|clean|good|pass(ed)?|lgtm)\b/i)
})

test('an answer in prose stands as it is, with what is missing below it', () => {
  const prose = reportOf({ findings: null, answer: 'It is 30.\n' })
  expect(markdown(prose)).toBe('It is 30.\n')
  const gap = { path: 'b.ts', reason: 'interrupted', gap: true }
  expect(markdown({ ...prose, notReviewed: [gap] })).toBe(
    'It is 30.\n\nScope: the staged changes. Reviewed: 1 file, 1 part. Not reviewed: b.ts (interrupted)\n',
  )
})

test('a quote cannot end its fence, and nothing steers a terminal', () => {
  const quote = 'a\n```\n# not a heading\n````'
  const text = findingsMarkdown(
    reportOf({ findings: [finding({ quote, title: hostile, message: hostile, path: hostile })] }),
  )
  expect(text).toContain('  `````\n  a\n  ```\n  # not a heading\n  ````\n  `````')
  expect(text).not.toMatch(harmful)
  expect(text).not.toMatch(/(?<!\\)!\[|(?<!\\)<img/)
})

describe('a line of prose stays a line of prose', () => {
  test.each([
    ['# a heading', '\\# a heading'],
    ['- an item', '\\- an item'],
    ['1. an item', '1\\. an item'],
    ['```a fence', '\\`\\`\\`a fence'],
    ['![an image](http://x)', '!\\[an image\\](http://x)'],
    ['[words](http://x)', '\\[words\\](http://x)'],
    ['<script>', '\\<script>'],
    ['one\ntwo', 'one two'],
    ['an \\` escape', 'an \\\\\\` escape'],
    ['`code <b> [x](y)` is code', '`code <b> [x](y)` is code'],
    ['a < b && c > d', 'a < b && c > d'],
    ['![`a`](x)', '!\\[`a`\\](x)'],
    ['`![``](x)', '\\`!\\[\\`\\`\\](x)'],
    ['list[0] and C:\\dir', 'list[0] and C:\\dir'],
  ])('%s', (text, expected) => {
    expect(markdownLine(text)).toBe(expected)
  })

  test('whatever it is', () => {
    const piece = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('`', '``', '![', '](', '<img', '\\', '\n'))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const line = markdownLine(pieces.join(''))
        const outside = line.replace(/(?<!\\)(?:\\\\)*(`+)(?!`)[^`]*(?<!`)\1(?!`)/g, '')
        expect(line).not.toContain('\n')
        expect(outside).not.toMatch(/(?<!\\)(?:\\\\)*!\[[^\]]*\]\(|(?<!\\)(?:\\\\)*<img/)
      }),
    )
  })
})
