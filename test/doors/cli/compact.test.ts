import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ScriptSource, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { reviewer } from '../hooks/hook-run.ts'
import { repository } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { serve } from '../../scripted-ollama/serve.ts'

async function compactRun(args: string[], script: ScriptSource, files: Record<string, string> = {}) {
  const server = await serve({ script, bytesPerToken: 20 })
  const { root, write, git } = repository({ 'src/a.ts': 'export const a = 1\n' })
  for (const [path, text] of Object.entries(files)) write(path, text)
  git('add', '-A')
  const env = { FORCE_COLOR: '1' }
  return localBrain([...args, '--format', 'compact'], { cwd: root, host: server.url, env })
}

/** What SKILL.md promises about each line. */
const shapes = {
  verdict: /^local-brain [\w-]+: \d+ findings?( \(\d+ new\))?, \d+\/\d+ parts reviewed, .*model=\S+, \d+s, scope=\w+$/,
  finding: /^(critical|high|medium|low|info) [\w-]+\/[\w-]+ \S+:\d+ \[\w+,(un)?verified(,new)?\] .+ \| q: `.+`/,
  left: /^not reviewed: \S+.* \(.+\)$/,
}

describe('compact, for an agent', () => {
  test('a review is verdict, findings and gaps, and nothing on standard error', async () => {
    const files = { 'src/a.ts': 'export const a = 2 // BUG\n', 'package-lock.json': '{}\n' }
    const run = await compactRun(['--git-diff'], reviewer, files)
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const [verdict = '', finding = '', left = '', ...rest] = run.stdout.split('\n')
    expect(verdict).toMatch(shapes.verdict)
    expect(finding).toMatch(shapes.finding)
    expect(left).toMatch(shapes.left)
    expect(rest).toEqual([''])
  })

  test('the sample in SKILL.md has the same shape', () => {
    const text = readFileSync(
      join(import.meta.dirname, '../../../plugins/local-brain/skills/delegate/SKILL.md'),
      'utf8',
    )
    const [verdict = '', finding = '', left = ''] = /```text\n([\s\S]*?)\n```/.exec(text)?.[1]?.split('\n') ?? []
    expect(verdict).toMatch(shapes.verdict)
    expect(finding).toMatch(shapes.finding)
    expect(left).toMatch(shapes.left)
  })

  test('a review without findings is one line', async () => {
    const run = await compactRun(['--git-diff'], reviewer, { 'src/a.ts': 'export const a = 2\n' })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^local-brain code-review: 0 findings, 1\/1 parts reviewed, .*\n$/)
  })

  test('tool calls, warnings and retries leave standard error alone, and no escape code is written', async () => {
    const { root, write } = repository({ 'src/a.ts': 'export const a = 1\n' })
    write('mine.yaml', 'name: mine\nuser_prompt_template: "{{ input }}"\ntools: [read_file]\n')
    const server = await serve({
      script: [
        reply.busy(),
        reply.calls({ name: 'read_file', arguments: { path: 'nowhere' } }),
        reply.text('It is \u001b[31m1\u001b[0m.'),
      ],
    })
    const args = ['-s', './mine.yaml', '--format', 'compact', 'what is a?']
    const run = await localBrain(args, { cwd: root, host: server.url, env: { FORCE_COLOR: '1' } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^local-brain mine: answered.*\nIt is \\u\{1b\}\[31m1/)
    expect(run.stdout).not.toContain('\u001b')
  })

  test('a long answer is cut to 8,000 characters and says how to get the rest', async () => {
    const run = await compactRun(['what is a?'], [reply.text('word '.repeat(5000))])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout.length).toBeLessThanOrEqual(8000)
    expect(run.stdout).toMatch(/local-brain last --format json\n$/)
  })

  test('a failure is two lines on standard error and an exit code', async () => {
    const { root } = repository({ 'a.ts': 'x\n' })
    const run = await localBrain(['-f', 'a.ts', '--format', 'compact'], { cwd: root })
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toMatch(/^error: .*\nhint: .*\n$/)
  })
})
