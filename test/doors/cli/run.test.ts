import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ScriptSource, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { reportSchema } from '../../../src/report/report.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const project = {
  'src/a.ts': 'export const timeout = 30\n',
  'src/b.ts': "import { timeout } from '../../cli/a.ts'\nexport const twice = timeout * 2\n",
}

const exploring = (): ScriptSource => [
  reply.calls({ name: 'list_directory', arguments: { path: 'src' } }),
  reply.calls(
    { name: 'read_file', arguments: { path: 'src/a.ts' } },
    { name: 'read_file', arguments: { path: 'src/b.ts' } },
  ),
  reply.text('The timeout is 30, ', 'set in src/a.ts:1.'),
]

test('a question is answered after looking around, and only the answer stands on standard output', async () => {
  const { root } = repository(project)
  const server = await ollama(exploring())
  const run = await localBrain(['where', 'is', 'the', 'timeout', 'set?'], { cwd: root, host: server.url })
  expect(run).toMatchObject({ stdout: 'The timeout is 30, set in src/a.ts:1.\n', code: 0 })
  expect(run.stderr).toMatch(/→ list_directory src .*\n→ read_file src\/a\.ts .*\n→ read_file src\/b\.ts /)
  expect(server.violations).toEqual([])
})

test('the report says what the server saw', async () => {
  const { root } = repository(project)
  const server = await ollama(exploring())
  const run = await localBrain(['--format', 'json', 'where is the timeout set?'], { cwd: root, host: server.url })
  const report = reportSchema.parse(JSON.parse(run.stdout))
  expect(report.toolCalls.map(({ turn, name, ok }) => [turn, name, ok])).toEqual([
    [1, 'list_directory', true],
    [2, 'read_file', true],
    [2, 'read_file', true],
  ])
  expect(report).toMatchObject({ turns: 3, stop: 'answered', exitCode: 0, findings: null })
  expect(report.usage.modelCalls).toBe(server.requests.length)
  const results = server.requests[2]?.messages.filter((message) => message.role === 'tool') ?? []
  expect(results.map((message) => message.content?.length)).toEqual(report.toolCalls.map(({ chars }) => chars))
  expect(results[1]?.content).toContain('export const timeout = 30')
})

test('every request begins with the one before it, and the model is loaded once', async () => {
  const { root } = repository(project)
  const server = await ollama(exploring())
  await localBrain(['where is the timeout set?'], { cwd: root, host: server.url })
  const [first, second, third] = server.requests.map((request) => request.messages)
  expect(second?.slice(0, first?.length)).toEqual(first)
  expect(third?.slice(0, second?.length)).toEqual(second)
  expect(server.loads).toBe(1)
})

test('the last allowed turn offers no tools, so what was read is not lost', async () => {
  const { root } = repository(project)
  const server = await ollama([
    reply.calls({ name: 'read_file', arguments: { path: 'src/a.ts' } }),
    reply.text('It is 30.'),
  ])
  const run = await localBrain(['--max-turns', '2', '--format', 'json', 'what is the timeout?'], {
    cwd: root,
    host: server.url,
  })
  expect(JSON.parse(run.stdout)).toMatchObject({ answer: 'It is 30.', stop: 'turn_limit', turns: 2, exitCode: 0 })
  expect(server.requests[0]?.tools?.length).toBeGreaterThan(0)
  expect(server.requests[1]?.tools ?? []).toEqual([])
})

test('-q says nothing on standard error, -v says everything', async () => {
  const { root } = repository(project)
  const quiet = await localBrain(['-q', 'a?'], { cwd: root, host: (await ollama(exploring())).url })
  expect(quiet).toMatchObject({ stderr: '', code: 0 })
  const verbose = await localBrain(['-v', 'a?'], { cwd: root, host: (await ollama(exploring())).url })
  expect(verbose.stderr).toContain('{"path":"src/a.ts"}')
  expect(verbose.stderr).toMatch(/turn 3: \d+ tokens read/)
  expect(verbose.stderr).toMatch(/\d+ ms: ours \d+, load \d+, prompt \d+, answer \d+\n$/)
})

test('--log-file keeps every event as a line of JSON', async () => {
  const { root } = repository(project)
  const log = join(temporaryFolder().root, 'run.jsonl')
  await localBrain(['--log-file', log, 'a?'], { cwd: root, host: (await ollama(exploring())).url })
  const types = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type)
  expect(types.filter((type) => type === 'tool_end')).toHaveLength(3)
  expect(types.at(-1)).toBe('run_end')
})

test('-o writes the report to a file and nothing to standard output', async () => {
  const { root } = repository(project)
  const run = await localBrain(['-o', 'out.md', 'a?'], { cwd: root, host: (await ollama(exploring())).url })
  expect(run).toMatchObject({ stdout: '', code: 0 })
  expect(readFileSync(join(root, 'out.md'), 'utf8')).toBe('The timeout is 30, set in src/a.ts:1.\n')
})

test('`last` prints the report again without a server', async () => {
  const { root } = repository(project)
  const HOME = temporaryFolder().root
  await localBrain(['a?'], { cwd: root, host: (await ollama(exploring())).url, env: { HOME } })
  const again = await localBrain(['last'], { cwd: root, env: { HOME } })
  expect(again).toMatchObject({ stdout: 'The timeout is 30, set in src/a.ts:1.\n', code: 0 })
})

test('a call made again is not run again, and the second repeat ends the looking around with a warning', async () => {
  const { root } = repository(project)
  const same = reply.calls({ name: 'read_file', arguments: { path: 'src/a.ts' } })
  const server = await ollama([same, same, same, reply.text('Enough.')])
  const run = await localBrain(['--format', 'json', 'a?'], { cwd: root, host: server.url })
  expect(JSON.parse(run.stdout)).toMatchObject({
    answer: 'Enough.',
    turns: 4,
    stop: 'repeated',
    warnings: [expect.stringContaining('the same calls again and again')],
  })
  expect(server.requests[3]?.tools ?? []).toEqual([])
  expect(server.requests[2]?.messages.at(-1)?.content).toMatch(/^Error: this call was made before/)
})
