import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
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

test('a tool can be called by itself, under the names that other programs give it', async () => {
  const { root } = temporaryFolder({ 'README.md': 'alpha\n', '.env': 'KEY=topsecret\n' })
  const read = await library.callTool('read_file', { file_path: 'README.md' }, { root, allow: ['read'] })
  expect(read).toEqual({ ok: true, result: expect.stringContaining('alpha') })
  const edit = { file_path: 'README.md', old_string: 'alpha', new_string: 'beta' }
  expect(await library.callTool('edit_file', edit, { root })).toMatchObject({ ok: false })
  expect(await library.callTool('str_replace', edit, { root, allow: ['write'] })).toMatchObject({ ok: true })
  const write = { path: 'README.md', content: 'gamma\n' }
  await library.callTool('file_read', { path: 'README.md' }, { root })
  expect(await library.callTool('file_write', write, { root, allow: ['write'] })).toMatchObject({ ok: true })
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toBe('gamma\n')
  expect(await library.callTool('read_file', { path: '.env' }, { root })).toMatchObject({ ok: false })
})

test('tools are told in the form of whoever asks for them', () => {
  const names = (specs: Record<string, unknown>[]) =>
    specs.map((one) => (one['function'] ?? one) as { name: string }).map(({ name }) => name)
  expect(names(library.toolSpecs())).toContain('read_file')
  expect(names(library.toolSpecs())).not.toContain('edit_file')
  expect(names(library.toolSpecs({ access: 'write', dialect: 'ollama' }))).toContain('edit_file')
  const [first] = library.toolSpecs({ dialect: 'anthropic' })
  expect(first).toMatchObject({ name: 'read_file', input_schema: { type: 'object', properties: { path: {} } } })
})

test('a server can be part of a program', async () => {
  const { root } = temporaryFolder({ 'a.txt': 'alpha\n' })
  const ollama = await serve({ script: [reply.text('hello')] })
  const server = await library.createServer({ root, host: ollama.url, token: 'a-long-secret-token' })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${server.token}` }
  const body = JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'hi' }] })
  const answered = await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', headers, body })
  expect(await answered.json()).toMatchObject({ choices: [{ message: { content: 'hello' } }] })
  await server.close()
  await expect(fetch(server.url)).rejects.toThrow('fetch failed')
})

test('a model can be asked by itself', async () => {
  const server = await serve({ script: [reply.text('hello')] })
  const model = await library.createModel({ host: server.url })
  const context = { signal: new AbortController().signal, emit: () => undefined }
  const answer = await model.chat({ messages: [{ role: 'user', content: 'hi' }], tools: [], maxTokens: 20 }, context)
  expect(answer).toMatchObject({ outcome: 'answer', message: { content: 'hello' } })
})

/** Runs a module of somebody's own that imports the library. */
function ownProgram(
  code: string,
  env: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const { root } = temporaryFolder({ 'a.txt': 'alpha\n' })
  const from = pathToFileURL(join(import.meta.dirname, '..', 'dist', 'lib', 'index.mjs')).href
  const module = `import { run, prepare, createModel, createConversation, readOnly, LocalBrainError } from '${from}'\nconst request = { skill: 'summarize', work: { files: ['a.txt'] } }\n${code}\n`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', module], {
    cwd: root,
    env: { ...gitEnvironment, HOME: temporaryFolder().root, ...env },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((done) => {
    child.on('close', (code) => done({ stdout, stderr, code }))
  })
}

describe('OLLAMA_HOST', () => {
  const server = () => serve({ script: () => reply.text('It says alpha.') })

  test('is obeyed by run', async () => {
    const { url } = await server()
    const { stdout } = await ownProgram('console.log((await run(request)).answer)', { OLLAMA_HOST: url })
    expect(stdout).toBe('It says alpha.\n')
  })

  test('is obeyed by run with a model of which the host is not given', async () => {
    const { url } = await server()
    const code = 'console.log((await run({ ...request, model: { numCtx: 4096 } })).model.contextLength)'
    expect((await ownProgram(code, { OLLAMA_HOST: url })).stdout).toBe('4096\n')
  })

  test('is obeyed by createModel', async () => {
    const { url } = await server()
    const code = 'console.log((await createModel()).name)'
    expect((await ownProgram(code, { OLLAMA_HOST: url })).stdout).toBe('scripted:latest\n')
  })

  test.each(['run({ ...request, model: { host: given } })', 'createModel({ host: given })'])(
    'gives way to a host that is given: %s',
    async (call) => {
      const { url } = await server()
      const code = `const given = '${url}'\nawait ${call}\nconsole.log('asked')`
      expect((await ownProgram(code, { OLLAMA_HOST: 'http://127.0.0.1:9' })).stdout).toBe('asked\n')
    },
  )

  test.each(['http://192.0.2.1:11434', '192.0.2.1'])('is refused when it is not this machine: %s', async (host) => {
    const code =
      'for (const call of [() => run(request), () => createModel()]) await call().catch((error) => console.log(error.code))'
    expect((await ownProgram(code, { OLLAMA_HOST: host })).stdout).toBe('remote-refused\nremote-refused\n')
  })

  test('that is empty counts as none', async () => {
    const code = 'await run(request).catch((error) => console.log(error.message))'
    expect((await ownProgram(code, { OLLAMA_HOST: '' })).stdout).not.toContain('undefined')
  })
})

describe('an error that nobody catches', () => {
  const calls = {
    'of run': 'await run(request)',
    'of prepare': "await prepare({ ...request, work: { files: ['none.txt'] } })",
    'of createModel': 'await createModel()',
    'made by the program itself': "throw new LocalBrainError('usage', 'Odd', { hint: 'mend it' })",
  }
  test.each(Object.entries(calls))('%s is printed short, under its name', async (_, code) => {
    const { stderr, code: exit } = await ownProgram(code, { OLLAMA_HOST: 'http://127.0.0.1:9' })
    expect(exit).toBe(1)
    expect(stderr).toMatch(/^\[?LocalBrainError: /m)
    expect(stderr).toMatch(/hint: '/)
    expect(stderr).not.toMatch(/\w \[LocalBrainError\]/)
    for (const line of stderr.split('\n')) expect(line.length).toBeLessThan(300)
    expect(stderr.length).toBeLessThan(4000)
  })

  test('has a stack all the same', async () => {
    const { stdout } = await ownProgram('await run(request).catch((error) => console.log(error.stack))', {
      OLLAMA_HOST: 'http://127.0.0.1:9',
    })
    expect(stdout).toMatch(/^LocalBrainError: Cannot reach Ollama .*\n {4}at /)
  })
})
