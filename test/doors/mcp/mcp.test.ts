import { spawn } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { type McpRequest, serveMcp } from '../../../src/doors/mcp/mcp.ts'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { serve } from '../../scripted-ollama/serve.ts'
import { environment } from '../../workspace.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { command } from '../cli/local-brain.ts'

type Line = {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { code: number; message: string }
}

type Result = { content: { text: string }[]; isError?: boolean }

/** A client over two pipes. It answers nothing by itself but the question for its roots. */
function client(write: (text: string) => void, lines: AsyncIterable<string>, roots: string[] = []) {
  const seen: Line[] = []
  const waiting = new Map<number, (line: Line) => void>()
  const send = (message: object) => write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  void (async () => {
    for await (const text of lines) {
      const line = JSON.parse(text) as Line
      seen.push(line)
      if (line.method === 'roots/list')
        send({ id: line.id, result: { roots: roots.map((uri) => ({ uri, name: 'r' })) } })
      else if (line.id !== undefined) waiting.get(line.id)?.(line)
    }
  })()
  let id = 0
  const request = (method: string, params: object = {}) => {
    id += 1
    const mine = id
    const answered = new Promise<Line>((resolve) => waiting.set(mine, resolve))
    send({ id: mine, method, params })
    return { id: mine, answered }
  }
  return {
    seen,
    send,
    write,
    request,
    async initialize(capabilities: object = {}) {
      const params = { protocolVersion: '2025-06-18', capabilities, clientInfo: { name: 'test', version: '1' } }
      const line = await request('initialize', params).answered
      send({ method: 'notifications/initialized' })
      return line
    },
    async call(name: string, args: object = {}, more: object = {}) {
      const { result } = await request('tools/call', { name, arguments: args, ...more }).answered
      return result as Result
    },
  }
}

type Options = Partial<McpRequest> & { script?: Parameters<typeof serve>[0]; roots?: string[] }

async function connected({ script, roots, ...request }: Options) {
  const ollama = await serve(script)
  const [input, output] = [new PassThrough(), new PassThrough()]
  const folder = () => temporaryFolder().root
  const stop = new AbortController()
  const served = serveMcp(
    {
      cwd: folder(),
      paths: { config: folder(), cache: folder(), state: folder() },
      environment,
      tools: false,
      model: { host: ollama.url },
      emit: () => undefined,
      ...request,
    },
    { input, output, signal: stop.signal },
  )
  onTestFinished(async () => {
    stop.abort()
    await served
  })
  const one = client((text) => input.write(text), createInterface({ input: output }), roots)
  return { ...one, ollama, end: async () => (input.end(), served) }
}

test('another agent finds the skills that read, and few words about them', async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const agent = await connected({ root })
  expect(await agent.initialize()).toMatchObject({
    result: { serverInfo: { name: 'local-brain' }, capabilities: { tools: {} } },
  })
  const { result } = await agent.request('tools/list').answered
  const tools = (result as { tools: { name: string; annotations: object }[] }).tools
  expect(tools.map(({ name }) => name)).toEqual(['list_skills', 'run_skill'])
  for (const { annotations } of tools) expect(annotations).toEqual({ readOnlyHint: true, openWorldHint: false })
  expect(JSON.stringify(tools).length / 3.5).toBeLessThan(400)
  const skills = await agent.call('list_skills')
  expect(skills.content[0]?.text).toMatch(/^code-review: .* Gives findings\./m)
  expect(skills.content[0]?.text).not.toMatch(/^(?:fix|work|chat):/m)
})

test('a skill runs in the folder that the client names, and tells how far it is', async () => {
  const { root } = repository({ 'a.txt': 'forty-two\n' })
  const script = [reply.calls({ name: 'read_file', arguments: { path: 'a.txt' } }), reply.text('It says forty-two.')]
  const agent = await connected({ script: { script }, roots: [pathToFileURL(root).href] })
  await agent.initialize({ roots: { listChanged: true } })
  const { content, isError } = await agent.call(
    'run_skill',
    { skill: 'ask', prompt: 'What is in a.txt?' },
    { _meta: { progressToken: 'p1' } },
  )
  expect(isError).toBe(false)
  expect(content[0]?.text).toContain('It says forty-two.')
  const progress = agent.seen.filter(({ method }) => method === 'notifications/progress').map(({ params }) => params)
  expect(progress).toContainEqual(expect.objectContaining({ progressToken: 'p1', message: 'read_file was called' }))
  expect(progress).toContainEqual(expect.objectContaining({ message: 'scripted:latest is asked about 1 part' }))
})

test('a review of unstaged changes is a report in JSON', async () => {
  const { root, write } = repository({ 'a.js': 'export const a = 1\n', 'b.js': 'export const b = 1\n' })
  write('a.js', 'export const a = 2\n')
  const agent = await connected({ root, script: { script: () => reply.json({ analysis: 'Nothing.', findings: [] }) } })
  await agent.initialize()
  const run = async (diff: string) =>
    (await agent.call('run_skill', { skill: 'code-review', diff, format: 'json' })).content[0]?.text
  expect(JSON.parse((await run('unstaged')) ?? '')).toMatchObject({
    findings: [],
    scope: { kind: 'unstaged' },
    reviewed: [{ path: 'a.js' }],
  })
  expect(JSON.parse((await run('staged')) ?? '')).toMatchObject({ scope: { kind: 'staged' }, reviewed: [] })
  const nothing = await agent.call('run_skill', { skill: 'code-review' })
  expect(nothing.content[0]?.text).toContain('nothing to look at\nhint: give files, diff or base')
})

test('what goes wrong is a result with words and a hint', async () => {
  const { root } = repository({
    'a.txt': 'one\n',
    '.local-brain/skills/sly/skill.yaml': 'name: sly\ndescription: x\nuser_prompt_template: x\n',
  })
  const agent = await connected({ root })
  await agent.initialize()
  const wrong: [string, object, string][] = [
    ['run_skill', { skill: 'fix', prompt: 'x' }, 'There is no skill "fix" here'],
    ['run_skill', { skill: 'sly' }, 'There is no skill "sly" here'],
    ['run_skill', { skill: '../../etc' }, 'There is no skill'],
    ['run_skill', { skill: 'ask', files: 'a.txt' }, '"files"'],
    ['run_skill', { skill: 'code-review', files: ['../../etc/passwd'] }, 'etc/passwd'],
    ['read_file', { path: 'a.txt' }, 'There is no tool "read_file"'],
  ]
  for (const [name, args, words] of wrong) {
    const { content, isError } = await agent.call(name, args)
    expect(isError).toBe(true)
    expect(content[0]?.text).toMatch(/^error: .*\nhint: /)
    expect(content[0]?.text).toContain(words)
  }
  expect(agent.ollama.requests).toEqual([])
})

test('the tools that read are offered when asked for, and stay in the folder', async () => {
  const { root } = repository({ 'a.txt': 'forty-two\n', '.env': 'KEY=topsecret\n' })
  const agent = await connected({ root, tools: true })
  await agent.initialize()
  const { result } = await agent.request('tools/list').answered
  const names = (result as { tools: { name: string }[] }).tools.map(({ name }) => name)
  expect(names).toContain('read_file')
  expect(names).not.toContain('edit_file')
  expect((await agent.call('read_file', { path: 'a.txt' })).content[0]?.text).toContain('forty-two')
  for (const path of ['.env', '/etc/hostname', '../x'])
    expect(await agent.call('read_file', { path })).toMatchObject({ isError: true })
  expect(await agent.call('edit_file', { path: 'a.txt', old: 'f', new: 'g' })).toMatchObject({ isError: true })
})

test('a call that is taken back stops the model, and the next one has its turn', async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const wait = hold()
  const script = (_: unknown, { index }: { index: number }) =>
    index === 0 ? reply.text('Once', wait) : reply.text('Next.')
  const agent = await connected({ root, script: { script } })
  await agent.initialize()
  const first = agent.request('tools/call', { name: 'run_skill', arguments: { skill: 'ask', prompt: 'one?' } })
  const second = agent.call('run_skill', { skill: 'ask', prompt: 'two?' })
  await expect.poll(() => agent.ollama.requests.length, { timeout: 20_000 }).toBe(1)
  agent.send({ method: 'notifications/cancelled', params: { requestId: first.id } })
  // The model stands still until it is stopped.
  expect((await second).content[0]?.text).toContain('Next.')
  expect(agent.ollama.cancellations).toBe(1)
})

test('what is not understood gets an error, and the others are served all the same', async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const agent = await connected({ root })
  const early = await agent.request('tools/nothing').answered
  expect(early.error).toMatchObject({ code: expect.any(Number) })
  agent.write('this is no JSON\n{"jsonrpc":"2.0"}\n')
  await agent.initialize()
  expect((await agent.call('list_skills')).isError).toBe(false)
  await agent.end()
})

test('a message that is too long gets an error, and the next ones are answered', async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const agent = await connected({ root })
  await agent.initialize()
  const prompt = 'x'.repeat(10_000_000)
  const params = { name: 'run_skill', arguments: { skill: 'ask', prompt } }
  const { error } = await agent.request('tools/call', params).answered
  expect(error).toMatchObject({ code: -32_600, message: 'The message is larger than 4 MB' })
  // Clients that name it last.
  agent.write(`{"method":"tools/call","params":${JSON.stringify(params)},"jsonrpc":"2.0","id":"last"}\n`)
  const answered = () => agent.seen.some((line) => String(line.id) === 'last' && line.error !== undefined)
  await expect.poll(answered, { timeout: 20_000 }).toBe(true)
  expect((await agent.call('list_skills')).isError).toBe(false)
})

test('the program writes nothing but JSON-RPC, and ends with its input', { timeout: 60_000 }, async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const ollama = await serve({ script: () => reply.text('Fine.') })
  const [file = '', ...words] = command
  const env = { ...environment, HOME: temporaryFolder().root, OLLAMA_HOST: ollama.url }
  const child = spawn(file, [...words, 'mcp'], { cwd: root, env })
  onTestFinished(() => void child.kill('SIGKILL'))
  const agent = client((text) => child.stdin.write(text), createInterface({ input: child.stdout }))
  await agent.initialize()
  expect((await agent.call('run_skill', { skill: 'ask', prompt: 'How are you?' })).content[0]?.text).toContain('Fine.')
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  child.stdin.end()
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
  expect(errors).toBe('')
})
