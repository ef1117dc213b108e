import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Report, reportSchema } from '../../../src/report/report.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { type Ended, localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

type Line = { time: string; type: string; name?: string; text?: string; result?: string; report?: Report }

function linesOf({ stdout }: Ended): Line[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

const files = { 'a.txt': 'alpha\n' }

describe('--events', () => {
  test('writes each event as a line, and the report as the last one', async () => {
    const { root } = temporaryFolder(files)
    const server = await ollama([
      reply.calls({ name: 'read_file', arguments: { path: 'a.txt' } }),
      reply.text('It says alpha.'),
    ])
    const run = await localBrain(['--events', 'what does it say?', '--log-file', 'log.jsonl'], {
      cwd: root,
      host: server.url,
    })
    expect(run.code).toBe(0)
    const lines = linesOf(run)
    const types = lines.map(({ type }) => type)
    expect(types.filter((type) => /tool|turn|run/.test(type))).toEqual([
      'run_start',
      'turn_start',
      'turn_end',
      'tool_start',
      'tool_end',
      'turn_start',
      'turn_end',
      'run_end',
    ])
    expect(lines.find(({ type }) => type === 'tool_end')?.result).toContain('alpha')
    const last = lines.at(-1)
    expect(last?.type).toBe('report')
    expect(reportSchema.parse(last?.report)).toMatchObject({ answer: 'It says alpha.', exitCode: 0 })
    // The log has the same without it.
    const logged = readFileSync(join(root, 'log.jsonl'), 'utf8').trimEnd().split('\n')
    expect(logged.map((line) => (JSON.parse(line) as Line).type)).toEqual(types.slice(0, -1))
  })

  test('cuts keys in what a model writes, however it is divided', async () => {
    const { root } = temporaryFolder(files)
    const key = `ghp_${'aB3dE6gH9k'.repeat(4)}`.slice(0, 40)
    const server = await ollama([reply.text(`It is ${key}, see there.`)])
    const run = await localBrain(['--events', '-s', 'summarize', '-f', 'a.txt'], { cwd: root, host: server.url })
    expect(linesOf(run).some(({ type }) => type === 'text')).toBe(true)
    expect(run.stdout).not.toContain(key)
  })

  test('ends with a report whatever fails: a wrong flag, a missing file, a server that is not there', async () => {
    const { root } = temporaryFolder(files)
    const attempts: [string[], number, string][] = [
      [['--events', '--nonsense'], 2, 'usage'],
      [['--events', '-f', 'none.txt'], 2, 'missing-file'],
      [['--events', '-s', 'summarize', '-f', 'a.txt'], 3, 'unreachable'],
    ]
    for (const [args, code, error] of attempts) {
      const run = await localBrain(args, { cwd: root })
      expect(run.code).toBe(code)
      const last = linesOf(run).at(-1)
      expect(last).toMatchObject({ type: 'report', report: { exitCode: code, error: { code: error } } })
      expect(run.stderr).toMatch(/^error: .*\nhint: /m)
    }
  })

  test('leaves the report of -o to its file, in its format', async () => {
    const { root } = temporaryFolder(files)
    const server = await ollama([reply.text('It says alpha.')])
    const args = ['--events', '-s', 'summarize', '-f', 'a.txt', '--format', 'compact', '-o', 'report.txt']
    const run = await localBrain(args, { cwd: root, host: server.url })
    expect(run.code).toBe(0)
    expect(readFileSync(join(root, 'report.txt'), 'utf8')).toContain('It says alpha.')
    expect(linesOf(run).at(-1)?.type).toBe('report')
  })

  test.each([
    [['--format', 'sarif'], '--events and --format sarif both write to standard output'],
    [['--dry-run'], '--events and --dry-run contradict each other'],
  ])('is refused together with %s', async (args, message) => {
    const { root } = temporaryFolder(files)
    const run = await localBrain(['--events', '-f', 'a.txt', ...args], { cwd: root })
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining(`error: ${message}\n`) as string })
    expect(linesOf(run)).toMatchObject([{ type: 'report', report: { error: { code: 'usage' } } }])
  })
})
