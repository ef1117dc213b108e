import { describe, expect, test } from 'vitest'
import { type ScriptSource, type ScriptedOllamaOptions, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const read = reply.calls({ name: 'read_file', arguments: { path: 'a.ts' } })
const looking = [read, reply.calls({ name: 'list_directory', arguments: {} }), reply.text('30.')]

async function ask(script: ScriptSource, options: ScriptedOllamaOptions = {}, args: string[] = []) {
  const { root } = repository({ 'a.ts': 'export const timeout = 30\n' })
  const server = await ollama(script, options)
  const run = await localBrain(['--format', 'json', ...args, 'what is it?'], { cwd: root, host: server.url })
  return { run, server, report: reportOf(run), windows: server.requests.map((request) => request.options?.num_ctx) }
}

test('one window from the first request to the last, one load, and each request begins with the one before', async () => {
  const { server, windows, report } = await ask(looking)
  expect(windows).toEqual([windows[0], windows[0], windows[0]])
  expect(report.model?.contextLength).toBe(windows[0])
  expect(server.loads).toBe(1)
  for (const [index, { messages }] of server.requests.slice(1).entries()) {
    const before = server.requests[index]?.messages ?? []
    expect(messages.slice(0, before.length)).toEqual(before)
  }
})

test('what would make the server load or cut is never sent, and the reply is always bounded', async () => {
  const { server } = await ask(looking)
  for (const request of server.requests) {
    expect(request).toMatchObject({ truncate: false, keep_alive: '10m' })
    expect(request).not.toHaveProperty('shift')
    expect(request.options?.num_predict).toBeGreaterThan(0)
  }
})

test('a model that is loaded already is taken as it is', async () => {
  const { server, windows } = await ask(looking, { models: [{ name: 'here', loaded: 16_384 }] })
  expect(windows).toEqual([16_384, 16_384, 16_384])
  expect(server.loads).toBe(0)
})

test('--num-ctx fixes it, up to what the model was trained for, and that is said', async () => {
  const trained = { models: [{ name: 'small', contextLength: 8192 }] }
  expect((await ask(looking, trained, ['--num-ctx', '6144'])).windows).toEqual([6144, 6144, 6144])
  const { windows, run } = await ask(looking, trained, ['--num-ctx', '100000'])
  expect(windows).toEqual([8192, 8192, 8192])
  expect(run.stderr).toContain('! The window is 8192 tokens instead of 100000: the model was trained for 8192')
  // Once.
  expect(run.stderr.split('trained for 8192')).toHaveLength(2)
})

test('a window too small for the skill is said, and nothing is sent', async () => {
  const { root } = repository({ 'a.ts': 'export const timeout = 30\n' })
  const server = await ollama([])
  const args = ['-s', 'code-review', '--num-ctx', '512', '--format', 'json', '-f', 'a.ts']
  const run = await localBrain(args, { cwd: root, host: server.url })
  expect(reportOf(run).notReviewed).toMatchObject([{ path: 'a.ts', reason: 'the window is too small for the skill' }])
  expect(run.code).toBe(4)
  expect(run.stderr).toMatch(/^error: .*\nhint: .*--num-ctx/m)
  expect(server.requests).toEqual([])
})

describe('a conversation that the server cut is called so, in the report and on standard error', () => {
  const counted = (parts: ReturnType<typeof reply.text>, promptTokens: number) => [
    ...parts,
    ...reply.done({ promptTokens }),
  ]

  test.each<[string, ScriptSource]>([
    ['the count shrinks', [counted(read, 3000), counted(reply.text('30.'), 1000)]],
    ['the count is half the window and two', [counted(reply.text('30.'), 4098)]],
  ])('%s', async (_, script) => {
    const { report, run } = await ask(script, {}, ['--num-ctx', '8192'])
    const message = 'the server left out part of the conversation'
    expect(report.warnings).toEqual([expect.stringContaining(message)])
    expect(run.stderr).toContain(message)
    expect(report.answer).toBe('30.')
  })
})
