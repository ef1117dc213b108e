import { expect, test } from 'vitest'
import { type ScriptSource, type ScriptedOllamaOptions, reply } from '../../../src/demo/scripted-ollama.ts'
import { repository } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const thinker = { models: [{ name: 'thinker', capabilities: ['completion', 'tools', 'thinking'] }] }

async function ask(script: ScriptSource, args: string[], options: ScriptedOllamaOptions = thinker) {
  const { root } = repository({ 'a.ts': 'export const timeout = 30\n' })
  const server = await ollama(script, options)
  const run = await localBrain(args, { cwd: root, host: server.url })
  return { run, server, thinks: server.requests.map(({ think }) => think) }
}

const read = reply.calls({ name: 'read_file', arguments: { path: 'a.ts' } })
const clean = reply.json({ analysis: 'Fine.', findings: [] })

test.each<[string, string[], unknown, ScriptedOllamaOptions]>([
  ['off unless asked for', [], false, thinker],
  ['off for a model that cannot', ['--think', 'high'], false, {}],
  ['at the level that is asked for', ['--think', 'medium'], 'medium', thinker],
  [
    'never off for gpt-oss',
    [],
    'low',
    { models: [{ name: 'gpt-oss', calls: 'harmony', capabilities: ['completion', 'tools', 'thinking'] }] },
  ],
])('thinking is set on every request: %s', async (_, args, think, options) => {
  const { thinks } = await ask([read, reply.text('30.')], [...args, 'what is it?'], options)
  expect(thinks).toEqual([think, think])
})

test('a question for findings is never thought about, since the schema would not hold', async () => {
  const { thinks, run } = await ask([clean], ['--think', 'high', '-s', 'code-review', '-f', 'a.ts'])
  expect(thinks).toEqual([false])
  expect(run.code).toBe(0)
})

test('what was thought stays in the history while tools are used, and out of the answer', async () => {
  const { run, server } = await ask(
    [
      [...reply.thinking('I need the file.'), ...read],
      [...reply.thinking('So it is 30.'), ...reply.text('30.')],
    ],
    ['--think', 'low', 'what is it?'],
  )
  expect(server.requests[1]?.messages.find(({ role }) => role === 'assistant')?.thinking).toBe('I need the file.')
  expect(run).toMatchObject({ stdout: '30.\n', code: 0 })
  expect(run.stderr).not.toContain('need the file')
})

test.each([
  ['tags', '<think>The file says 30.</think>\n30.'],
  ['a lone closing tag', 'The file says 30.\n</think>\n30.'],
  [
    'a channel',
    '<|channel|>analysis<|message|>The file says 30.<|end|><|start|>assistant<|channel|>final<|message|>30.',
  ],
])('thinking that leaked as %s is no part of the answer', async (_, text) => {
  const { run } = await ask(() => reply.text(text), ['what is it?'], {})
  expect(run).toMatchObject({ stdout: '30.\n', stderr: '', code: 0 })
})

test('-v shows what was thought, as one block that cannot steer the terminal', async () => {
  const { run } = await ask(
    [reply.text('<think>The file ', 'says\n30.\u001b[2J', '</think>', '30.')],
    ['-v', 'what is it?'],
    {},
  )
  expect(run.stderr).toContain('… thinking:\n  The file says\n  30.\\u{1b}[2J\n')
  expect(run.stdout).toBe('30.\n')
})
