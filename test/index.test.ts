import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
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

  test.each(Object.entries(calls))('%s has no line of the package in its stack, nor in its causes', async (_, code) => {
    const { stderr } = await ownProgram(code, { OLLAMA_HOST: 'http://127.0.0.1:9' })
    expect(stderr).toMatch(/^\[?LocalBrainError: .*\n {4}at .*\[eval1\]:\d/m)
    expect(stderr).not.toContain(join(import.meta.dirname, '..', 'dist'))
  })
})

/** A program in a file of its own, as a module or in CommonJS, that prints what its calls fail with. */
async function stacksOf(kind: 'mjs' | 'cjs'): Promise<Record<string, string>> {
  const server = await serve({ script: [reply.error(400, 'odd')] })
  const file = join(import.meta.dirname, '..', 'dist', 'lib', 'index.mjs')
  const load =
    kind === 'mjs' ? `await import(${JSON.stringify(pathToFileURL(file))})` : `require(${JSON.stringify(file)})`
  const program = `const library = ${load}
const request = { skill: 'summarize', work: { files: ['a.txt'] } }
const deaf = { model: { host: 'http://127.0.0.1:9' } }
const calls = {
  async run() { await library.run({ ...request, skill: 'sumarize' }) },
  async unreachable() { await library.run({ ...request, ...deaf }) },
  async prepare() { await library.prepare({ ...request, vars: { odd: 'x' } }) },
  async work() { await library.work({ spec: { text: 'do it' } }) },
  async loadSkill() { await library.loadSkill('none.yaml') },
  async callTool() { await library.callTool('read_file', {}, { root: 'none' }) },
  async createModel() { await library.createModel(deaf.model) },
  async createChat() { await library.createChat(deaf) },
  async createServer() { await library.createServer({ root: 'none', token: 'a-long-secret-token' }) },
  async chat() {
    const chat = await library.createChat({ model: { host: process.env.SERVER } })
    await chat.retry()
  },
  async model() {
    const model = await library.createModel({ host: process.env.SERVER })
    const context = { signal: new AbortController().signal, emit: () => undefined }
    await model.chat({ messages: [{ role: 'user', content: 'hi' }], tools: [], maxTokens: 20 }, context)
  },
}
const all = async () => {
  for (const [name, call] of Object.entries(calls)) {
    try { await call() } catch (error) {
      console.log(JSON.stringify([name, error.constructor === library.LocalBrainError ? error.stack : 'a bug: ' + error.stack]))
    }
  }
}
all()
`
  const { root } = temporaryFolder({ 'a.txt': 'alpha\n', [`own.${kind}`]: program })
  const env = { ...gitEnvironment, HOME: temporaryFolder().root, SERVER: server.url }
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', `own.${kind}`], { cwd: root, env })
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as [string, string]),
  )
}

const failing = 'run unreachable prepare work loadSkill callTool createModel createChat createServer chat model'.split(
  ' ',
)

test.each(['mjs', 'cjs'] as const)('the stack of a failure begins where the program called: %s', async (kind) => {
  const stacks = await stacksOf(kind)
  expect(Object.keys(stacks)).toEqual(failing)
  for (const [name, stack] of Object.entries(stacks)) {
    expect(stack).toMatch(
      new RegExp(`^LocalBrainError: .{5,150}\\n {4}at (?:Object\\.|async )?${name} .*own\\.${kind}:`),
    )
    expect(stack).not.toContain(join(import.meta.dirname, '..', 'dist'))
  }
})

describe('an option with a wrong value is named', () => {
  const { run, prepare, work, callTool, createModel, createChat, createServer, toolSpecs } = library
  // As a program in JavaScript may call it.
  const wrong = (options: unknown) => options as never
  test.each<[string, string, () => Promise<unknown>]>([
    ['run', 'failOn must be one of critical,', async () => run(wrong({ failOn: 'hihg' }))],
    ['run', 'model.kind must be one of ollama,', async () => run(wrong({ model: { kind: 'llama' } }))],
    ['run', 'work.files must be a list of texts, got "a.txt"', async () => run(wrong({ work: { files: 'a.txt' } }))],
    ['run', 'limits.timeout must be a number of seconds, got -5', async () => run(wrong({ limits: { timeout: -5 } }))],
    ['run', 'The options must be an object', async () => run(wrong(undefined))],
    ['prepare', 'vars.focus must be a text, got 5', async () => prepare(wrong({ vars: { focus: 5 } }))],
    ['work', 'spec is missing', async () => work(wrong({ allow: 'write' }))],
    [
      'callTool',
      'allow must be a list, such as',
      async () => callTool('read_file', {}, wrong({ root: '.', allow: 'write' })),
    ],
    ['callTool', 'root is missing', async () => callTool('read_file', {}, wrong({}))],
    ['createModel', 'numCtx must be a whole number', async () => createModel(wrong({ numCtx: 'large' }))],
    ['createChat', 'allow must be one of read, write, run', async () => createChat(wrong({ allow: 'all' }))],
    ['createServer', 'port must be a port from 0 to 65535', async () => createServer(wrong({ port: 99_999 }))],
    ['toolSpecs', 'access must be one of read, write, run', async () => toolSpecs(wrong({ access: 'all' }))],
  ])('%s: %s', async (_, message, call) => {
    const error: unknown = await call().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(message) as string })
  })
})

test('the stack of a bug is whole', async () => {
  const emit = '() => { throw new TypeError("odd") }'
  const code = `await run(request, { emit: ${emit} }).catch((error) => console.log(error.stack))`
  const { url } = await serve({ script: () => reply.text('It says alpha.') })
  const { stdout } = await ownProgram(code, { OLLAMA_HOST: url })
  expect(stdout).toMatch(/^TypeError: /)
  expect(stdout).toContain(join(import.meta.dirname, '..', 'dist'))
})

test('an error that the program itself throws in a call of the library keeps the line that threw it', async () => {
  const code = `
const emit = function own() { throw new LocalBrainError('usage', 'Odd') }
await run(request, { emit }).catch((error) => console.log(error.stack))`
  const { url } = await serve({ script: () => reply.text('It says alpha.') })
  const { stdout } = await ownProgram(code, { OLLAMA_HOST: url })
  expect(stdout).toMatch(/^LocalBrainError: Odd\n {4}at own .*\[eval1\]:4:/)
  expect(stdout).not.toContain(join(import.meta.dirname, '..', 'dist'))
})
