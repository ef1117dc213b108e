import type { ServerResponse } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { serveHttp } from '../../engines/http-server.ts'
import { chatsAs } from '../../hostile/attack.ts'
import { repository } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const args = ['what is the timeout?']

/** A run whose chat is answered by hand. */
async function ask(answer: (response: ServerResponse) => void, more: string[] = []) {
  const { root } = repository({ 'a.ts': 'export const timeout = 30\n' })
  const server = await chatsAs(answer)
  onTestFinished(() => server.close())
  return localBrain([...more, ...args], { cwd: root, host: server.url })
}

const says = (status: number, body: string, type = 'application/json') => {
  return (response: ServerResponse) => response.writeHead(status, { 'Content-Type': type }).end(body)
}

describe('the server’s words reach the person, with a hint that helps', () => {
  test.each<[string, (response: ServerResponse) => void, string, string]>([
    [
      'a model that does not load in time',
      says(500, '{"error":"timed out waiting for llama runner to start - progress 0.00 - "}'),
      'could not be loaded: timed out waiting for llama runner to start',
      'a smaller model with --model, or a smaller window with --num-ctx',
    ],
    [
      'a model that is too new',
      says(500, '{"error":"unable to load model: unknown model architecture: \'gemma9\'"}'),
      'too old for model "scripted:latest": unable to load model',
      'upgrade Ollama',
    ],
    [
      'a quota, as FastAPI says it',
      says(400, '{"detail": "the quota of this key is used up"}'),
      'failed (400): the quota of this key is used up',
      'try again',
    ],
    [
      'a quota, as plain text',
      says(400, 'the quota of this key is used up', 'text/plain'),
      'failed (400): the quota of this key is used up',
      'try again',
    ],
    ['a page', says(502, '<html><title>Bad gateway</title></html>', 'text/html'), 'failed (502): Bad gateway', 'try'],
    [
      'a login',
      says(401, '{"message":"no token"}'),
      'refuses access: no token',
      'what the proxy in front of Ollama requires',
    ],
    ['an address that is not passed on', says(404, '{"detail":"Not Found"}'), 'has no /api/chat: Not Found', '--host'],
  ])('%s', async (_, answer, error, hint) => {
    const run = await ask(answer)
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toContain(error)
    expect(run.stderr).toMatch(new RegExp(`^hint: .*${hint}`, 'm'))
  })
})

const half = `${JSON.stringify({ model: 'm', message: { role: 'assistant', content: 'It is ' }, done: false })}\n`
const end = '{"model":"m","done":true,"done_reason":"stop"}\n'

describe('an error inside the stream leaves no half answer with exit 0', () => {
  test.each([
    ['error', '{"error":"the quota is used up"}'],
    ['an object', '{"error":{"message":"the quota is used up"}}'],
    ['detail', '{"detail":"the quota is used up"}'],
    ['message', '{"message":"the quota is used up"}'],
    ['errors', '{"errors":[{"message":"the quota is used up"}]}'],
    ['a key of its own', '{"failure":"the quota is used up"}'],
    ['the last line', '{"detail":"the quota is used up","done":true}'],
  ])('under the key: %s', async (_, line) => {
    const run = await ask((response) => {
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).end(`${half}${line}\n${end}`)
    })
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toContain('the quota is used up')
  })
})

test('lines without anything to complain about are part of the answer', async () => {
  const whole = `${half}{"model":"m","message":{"role":"assistant","content":"30."},"error":null,"done":false}\n{}\n${end}`
  const run = await ask((response) => {
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).end(whole)
  })
  expect(run).toMatchObject({ code: 0, stdout: 'It is 30.\n' })
})

describe('a wish about thinking that the server refuses is given up', () => {
  test.each([
    'think value "low" is not supported for this model',
    '"scripted" does not support thinking',
    'json: cannot unmarshal string into Go struct field ChatRequest.think of type bool',
  ])('%s', async (words) => {
    const { root } = repository({ 'a.ts': 'export const timeout = 30\n' })
    const capabilities = ['completion', 'tools', 'thinking']
    for (const model of [
      { name: 'thinker', capabilities },
      { name: 'gpt-oss', calls: 'harmony' as const, capabilities },
    ]) {
      const server = await ollama(({ think }) => (think === false ? reply.text('30.') : reply.error(400, words)), {
        models: [model],
      })
      const run = await localBrain(['--think', 'low', ...args], { cwd: root, host: server.url })
      expect(run).toMatchObject({ code: 0, stdout: '30.\n' })
      expect(server.requests.map(({ think }) => think)).toEqual(['low', false])
    }
  })
})

describe('a proxy that lets only some of Ollama through', () => {
  async function through(closed: string[], status = 404) {
    const { root } = repository({ 'a.ts': 'export const timeout = 30\n' })
    const server = await ollama(() => reply.text('30.'))
    const proxy = await serveHttp((request, response, body) => {
      const { method = 'GET', url = '/' } = request
      if (closed.includes(url)) {
        response.writeHead(status, { 'Content-Type': 'text/plain' }).end('404 not found')
        return
      }
      void fetch(server.url + url, { method, ...(body !== '' && { body }) }).then(async (answer) => {
        response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? '' })
        response.end(await answer.text())
      })
    })
    onTestFinished(() => proxy.close())
    return localBrain(args, { cwd: root, host: proxy.url })
  }

  test.each([
    [['/api/ps'], 404],
    [['/api/version'], 404],
    [['/api/ps', '/api/version', '/api/status'], 403],
  ])('is enough without %j (%i)', async (closed, status) => {
    expect(await through(closed, status)).toMatchObject({ code: 0, stdout: '30.\n' })
  })

  test.each(['/api/tags', '/api/show', '/api/chat'])('is named when it is %s that is missing', async (path) => {
    const run = await through([path])
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toContain(`has no ${path}`)
  })
})
