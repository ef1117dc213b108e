import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ScriptSource, type ScriptedOllamaOptions, reply } from '../../scripted-ollama/scripted-ollama.ts'
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

const said = 'It is set in a.ts.'

describe('what is no part of the answer is not printed', () => {
  test.each([
    ['tags', `<think>The file says so.</think>\n${said}`],
    ['a lone closing tag on its line', `The file says so.\n</think>\n${said}`],
    ['a lone closing tag in a line', `The file says so.</think>\n\n${said}`],
    ['other words', `<thought>The file says so.</thought>\n${said}`],
    ['other brackets', `[THINK]The file says so.[/THINK]${said}`],
    ['rare brackets, capitals and attributes', `◁THINK▷So.◁/THINK▷<Reasoning effort="low">So.</Reasoning>${said}`],
    ['thoughts behind it', `${said}\n\n<reflection>Is that right?</reflection>`],
    ['thoughts behind it that never end', `${said}\n<think>Is that right?`],
    [
      'a channel',
      `<|channel|>analysis<|message|>The file says so.<|end|><|start|>assistant<|channel|>final<|message|>${said}`,
    ],
    ['an end mark', `${said}</s>`],
    ['an end mark and what is behind it', `${said}<|im_end|>\n<|im_start|>user\nWhat else?`],
    ['a role', `<|im_start|>assistant\n${said}<|im_end|>`],
    ['a wrapper', `<answer>${said}</answer>`],
  ])('%s', async (_, text) => {
    const { run } = await ask(() => reply.text(...text.split(/(?<=[ >])/)), ['what is it?'], {})
    expect(run).toMatchObject({ stdout: `${said}\n`, stderr: '', code: 0 })
  })
})

test('the description of a pull request is free of them too, from a model without tool calling of its own', async () => {
  const { root, git } = repository({ 'a.ts': 'export const timeout = 30\n' })
  writeFileSync(join(root, 'a.ts'), 'export const timeout = 60\n')
  git('add', '-A')
  const description = 'Raise the timeout\n\nIt was 30.\n\n## Changes\n\n- `a.ts`\n\n## Check\n\n- `</s>` in the log'
  const server = await ollama(
    () => reply.text(`Let me see.</think>\n\n<|im_start|>assistant\n${description}</s>\n<|im_start|>user\nMore?`),
    { models: [{ name: 'plain', capabilities: ['completion'] }] },
  )
  const run = await localBrain(['-s', 'pr-description', '--git-diff'], { cwd: root, host: server.url })
  expect(run).toMatchObject({ code: 0, stdout: `${description}\n` })
})

test.each([
  'A turn ends with `<|im_end|>`, thinking with `</think>`.',
  'The price was <s>old</s> and is new.',
  '```html\n<think>\nx\n</think></s>\n```\nThat is its template.',
  'The tag <think> opens the thinking, </think> ends it.',
])('what an answer says about such marks stays in it: %j', async (text) => {
  const args = ['--format', 'json', 'what is it?']
  const { run } = await ask(() => reply.text(...text.split(/(?<=[ >])/)), args, {})
  expect(JSON.parse(run.stdout)).toMatchObject({ answer: text, exitCode: 0 })
})

test.each([
  ['thinking', '<thought>{"findings": [1]}</thought>', ''],
  ['a lone closing mark', 'Maybe {"findings": [1]}?</think>', ''],
  ['an end mark and more', '', '</s>\n{"analysis": "again"}'],
  ['a role and a wrapper', '<|im_start|>assistant\n<answer>', '</answer><|im_end|>'],
])('a review is read in one request, whatever is around it: %s', async (_, before, after) => {
  const json = JSON.stringify({ analysis: 'It says </think> and <s>.', findings: [] })
  const { run, server } = await ask(
    () => reply.text(`${before}${json}${after}`),
    ['-s', 'code-review', '-f', 'a.ts'],
    {},
  )
  expect(run.code).toBe(0)
  expect(server.requests).toHaveLength(1)
})

test('a reply that is nothing but thinking, of whatever family, is no answer', async () => {
  const { run, server } = await ask(() => reply.text('[THINK]I look at it.'), ['what is it?'], {})
  expect(run).toMatchObject({ stdout: '', code: 4 })
  expect(server.requests).toHaveLength(2)
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
