import { expect, test } from 'vitest'
import { isSentence, stateOf } from '../../src/report/about-finding.ts'
import { formatNames } from '../../src/report/formats.ts'
import { findingsMarkdown } from '../../src/report/markdown.ts'
import { selectReporter } from '../../src/report/index.ts'
import { finding } from '../tasks/findings/unit.ts'
import { reportOf } from './report.ts'

test('what is said of a finding is what was done, not what that proves', () => {
  expect(stateOf(finding({ verified: true }))).toEqual(['bug/null-path', 'kept on a second look'])
  expect(stateOf(finding({ verified: false, new: true }))).toEqual(['bug/null-path', 'not verified', 'new'])
  const check = { trigger: '', verified: true }
  for (const rule of ['security/private-key', 'maintainability/debug-leftover'])
    expect(stateOf(finding({ ...check, rule }))).toEqual([rule, 'found without a model'])
  expect(stateOf(finding({ ...check, severity: 'low' }))).toEqual(['bug/null-path', 'kept on a second look'])
  expect(stateOf(finding({ rule: 'todo-owner/todo' }))).toEqual(['todo-owner/todo', 'kept on a second look'])
})

test.each(formatNames.filter((name) => name !== 'patch'))('%s says that a line was removed', async (name) => {
  const gone = finding({ side: 'old', anchor: 'deletion' })
  const report = reportOf({ findings: [gone] })
  const text = await selectReporter(name)({ ...report, answer: findingsMarkdown(report) })
  expect(text).toMatch(/removed line|\[deletion,|"side": "old"/i)
  // No reader of a format is told that the new file has this line.
  expect(text).not.toMatch(/%0ALine:|"snippet"/)
})

test.each([
  'Check that n is not zero before you divide.',
  'Use `user?.name` instead of it',
  'Call close() in a finally block.',
  'add a check for the empty list',
  'Wrap the call, so that an error is not lost.',
])('%s: words, not code', (text) => {
  expect(isSentence(text)).toBe(true)
})

test.each([
  'return user?.name',
  'return nil unless user',
  'SELECT id FROM users',
  'for a in b',
  'import a from b',
  'return a if a is b else c',
  'raise ValueError from the_error',
  'Dim count As Integer',
  'npm run build now',
  'key: the value of it',
  '# the list is never empty here',
  'const n = 1',
  'Set x to\nthe other',
  'Close()',
])('%s: code', (text) => {
  expect(isSentence(text)).toBe(false)
})

test('a suggestion in words is shown as words', () => {
  const suggestion = 'Check that `user` is there before you read it.'
  const text = findingsMarkdown(reportOf({ findings: [finding({ suggestion })] }))
  expect(text).toContain('  Instead: Check that `user` is there')
})
