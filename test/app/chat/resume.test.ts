import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findLast } from '../../../src/app/chat/resume.ts'
import { rememberReport } from '../../../src/report/last.ts'
import { storePaths } from '../../../src/store/paths.ts'
import { findingsMarkdown } from '../../../src/report/markdown.ts'
import { reportOf } from '../../report/report.ts'
import { finding } from '../../tasks/findings/unit.ts'
import { createFolder } from '../../workspace.ts'

test('the newest report that can be read is continued, where the one after it is torn', async () => {
  const cwd = createFolder()
  const paths = storePaths({}, createFolder())
  for (const answer of ['First.', 'Second.'])
    await rememberReport(paths.state, cwd, reportOf({ answer, findings: null }))
  const [folder = ''] = readdirSync(join(paths.state, 'runs'))
  const newest =
    readdirSync(join(paths.state, 'runs', folder))
      .sort()
      .at(-1) ?? ''
  writeFileSync(join(paths.state, 'runs', folder, newest), '{')
  const found = await findLast({ cwd, paths })
  expect(found.from === 'report' ? found.messages.at(-1)?.content : '').toContain('First.')
})

test('a review is told with its findings in the order in which they are shown, so that "the second" can be asked about', async () => {
  const cwd = createFolder()
  const paths = storePaths({}, createFolder())
  const findings = [
    finding({ section: 'observation', title: 'Shown last', path: 'b.ts', startLine: 9 }),
    finding({ section: 'issue', title: 'Shown first', path: 'a.ts', startLine: 3 }),
  ]
  const report = reportOf({ findings })
  await rememberReport(paths.state, cwd, { ...report, answer: findingsMarkdown(report) })
  const found = await findLast({ cwd, paths })
  const [asked, answer] = found.from === 'report' ? found.messages : []
  expect(asked?.content).toMatch(/^Run the skill code-review on /)
  expect(answer?.content).toContain('## Issues Found')
  expect(answer?.content).toContain('The findings in this order:\n1. a.ts:3 Shown first\n2. b.ts:9 Shown last')
})
