import { expect, test } from 'vitest'
import type { Report } from '../../../src/report/report.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const skill = `name: todo-owner
description: TODOs without an owner
output_format: findings
defects:
  - { name: todo-owner, description: a TODO that names no owner, severity: low }
  - { name: stale-date, description: a date that has passed, severity: high }
system_prompt: |
  Look for:
  {{ defects }}
user_prompt_template: "{{ content }}"
`
const files = { 'skill.yaml': skill, 'src/a.ts': '// TODO: remove\nconst due = 2001\nexport const a = due\n' }

const claim = (defect: string, quote: string, severity: string) => ({
  quote,
  defect,
  title: 'Nobody owns it',
  message: 'It says what, not who.',
  trigger: 'always',
  severity,
  suggestion: '',
})

test('a skill looks for its own kinds of defect: in the request, the report and the rules of SARIF', async () => {
  const { root, write } = repository(files)
  const found = [claim('todo-owner', '// TODO: remove', ''), claim('stale dates', 'const due = 2001', 'medium')]
  const server = await ollama([reply.json({ analysis: 'two', findings: found })])
  const args = ['-s', './skill.yaml', '-f', 'src/a.ts', '--no-verify-findings']
  const run = await localBrain([...args, '--format', 'json'], { cwd: root, host: server.url })
  expect(run.stderr).not.toContain('error')
  expect(run.code).toBe(0)
  const [request] = server.requests
  expect(JSON.stringify(request?.format)).toContain('"enum":["todo-owner","stale-date"]')
  expect(request?.messages[0]?.content).toContain(
    '- todo-owner: a TODO that names no owner\n- stale-date: a date that has passed',
  )
  const report = JSON.parse(run.stdout) as Report
  expect(report.findings?.map(({ rule, severity, startLine }) => [rule, severity, startLine])).toEqual([
    ['todo-owner/stale-date', 'medium', 2],
    ['todo-owner/todo-owner', 'low', 1],
  ])
  expect(report.rules).toContainEqual({ id: 'todo-owner/stale-date', description: 'a date that has passed' })
  write('report.json', run.stdout)
  const last = await localBrain(['last', '--from', 'report.json', '--format', 'sarif'], { cwd: root })
  expect(last.stdout).toContain('"text": "a date that has passed"')
})

test('a dry run shows the kinds in the shape of the reply', async () => {
  const { root } = repository(files)
  const run = await localBrain(['-s', './skill.yaml', '-f', 'src/a.ts', '--dry-run', '--format', 'json'], { cwd: root })
  const { requests } = JSON.parse(run.stdout) as { requests: [{ format: unknown }] }
  expect(JSON.stringify(requests[0].format)).toContain('"enum":["todo-owner","stale-date"]')
})

test.each([
  ['output_format: findings', 'output_format: markdown', 'defects are for findings, and output_format is markdown'],
  ['name: stale-date', 'name: todo-owner', 'defects: "todo-owner" is there twice'],
  ['severity: high', 'severity: hihg', 'defects.1.severity must be critical, high, medium, low or info, got "hihg"'],
])('a mistake in them is an error that says what: %s → %s', async (before, after, message) => {
  const { root } = repository({ ...files, 'skill.yaml': skill.replace(before, after) })
  const run = await localBrain(['-s', './skill.yaml', '-f', 'src/a.ts', '--dry-run'], { cwd: root })
  expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string })
})
