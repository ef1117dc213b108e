import { join } from 'node:path'
import { expect, test } from 'vitest'
import type * as Library from '../src/index.ts'
import { reply } from './scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from './workspace-fixture.ts'
import { gitEnvironment } from './workspace.ts'
import { serve } from './scripted-ollama/serve.ts'

// The library as a package user imports it.
const library = (await import(join(import.meta.dirname, '..', 'dist', 'lib', 'index.mjs'))) as typeof Library

test('a program of your own runs a skill and reads the report', async () => {
  const { root } = temporaryFolder({ 'a.txt': 'alpha\n' })
  const memory = temporaryFolder().root
  const server = await serve({ script: [reply.text('It says alpha.')] })
  const report = await library.run({
    skill: 'summarize',
    work: { files: ['a.txt'] },
    cwd: root,
    model: { host: server.url },
    paths: { config: memory, cache: memory, state: memory },
    environment: gitEnvironment,
  })
  expect(report).toMatchObject({
    answer: 'It says alpha.',
    exitCode: 0,
    reviewed: [{ path: 'a.txt', startLine: 1, endLine: 1 }],
  })
  expect(server.requests[0]?.messages.at(-1)?.content).toContain('alpha')
})

test('a failure is an error with a code and a hint', async () => {
  const { root } = temporaryFolder({ 'a.txt': 'alpha\n' })
  const request = { skill: 'summarize', work: { files: ['a.txt'] }, cwd: root, model: { host: 'http://127.0.0.1:9' } }
  await expect(library.run(request)).rejects.toMatchObject({
    code: 'unreachable',
    hint: expect.stringContaining('ollama serve'),
  })
})

test('prepare contacts nothing and says what would be asked about', async () => {
  const { root } = temporaryFolder({ 'a.txt': 'alpha\n' })
  const prepared = await library.prepare({ skill: 'summarize', work: { files: ['a.txt'] }, cwd: root })
  expect(prepared.gathered.units).toMatchObject([{ path: 'a.txt' }])
})

test('a skill file is loaded and checked', async () => {
  const { root } = temporaryFolder({
    'x.yaml': 'name: x\ndescription: y\nuser_prompt_template: "{{ content }}"\ntools: [read_fil]\n',
  })
  await expect(library.loadSkill(join(root, 'x.yaml'))).rejects.toMatchObject({ code: 'invalid-skill' })
})

test('a model can be asked by itself', async () => {
  const server = await serve({ script: [reply.text('hello')] })
  const model = await library.createModel({ host: server.url })
  const context = { signal: new AbortController().signal, emit: () => undefined }
  const answer = await model.chat({ messages: [{ role: 'user', content: 'hi' }], tools: [], maxTokens: 20 }, context)
  expect(answer).toMatchObject({ outcome: 'answer', message: { content: 'hello' } })
})
