import { describe, expect, test } from 'vitest'
import type { ChatRequest, Message, ModelEvent, ToolSpec } from '../../../src/core/model.ts'
import type { OpenOptions } from '../../../src/engines/engine.ts'
import { findEngine } from '../../../src/engines/find.ts'
import { parseHost } from '../../../src/engines/host.ts'
import { createOpenAi } from '../../../src/engines/openai/engine.ts'
import { type LocalBrainError, isError } from '../../../src/errors.ts'
import { createStore } from '../../../src/store/store.ts'
import type { FlavorName } from '../../scripted-openai/flavors.ts'
import { serveOpenAi } from '../../scripted-openai/scripted-openai.ts'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { serve } from '../../scripted-ollama/serve.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { serveHttp } from '../http-server.ts'

const { signal } = new AbortController()
const question: Message = { role: 'user', content: 'What is in a.ts?' }
const readFile: ToolSpec = {
  name: 'read_file',
  description: 'Reads a file',
  parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
}
const usual: OpenOptions = { workBytes: 2000, needsTools: true, options: {} }

type Way = { allowRemote?: boolean; key?: string; folder?: string; open?: Partial<OpenOptions> }

/** The only model of a server, and all that it emits. */
async function openAt(url: string, { allowRemote = false, key, folder = temporaryFolder().root, open }: Way = {}) {
  const engine = createOpenAi({ host: parseHost(url), allowRemote, key, store: createStore(folder) })
  const events: ModelEvent[] = []
  const context = { signal, emit: (event: ModelEvent) => void events.push(event) }
  const [first] = await engine.list(signal)
  if (first === undefined) throw new Error('no model')
  const model = await engine.open(first, { ...usual, ...open }, context)
  const ask = async (request: Partial<ChatRequest> = {}) =>
    model.chat({ messages: [question], tools: [readFile], maxTokens: 500, ...request }, context)
  return { model, ask, events, engine }
}

async function failure(promise: Promise<unknown>): Promise<LocalBrainError> {
  const error: unknown = await promise.catch((reason: unknown) => reason)
  if (!isError(error)) throw new Error(`no failure of ours: ${String(error)}`)
  return error
}

const flavors: FlavorName[] = ['llama.cpp', 'vllm', 'sglang', 'lm-studio']

describe('the window', () => {
  test.each(flavors)('is the one that the server says it has: %s', async (flavor) => {
    const { url } = await serveOpenAi({ flavor, window: 6000 })
    expect((await openAt(url)).model.window).toBe(6000)
  })

  test('is asked for where the server does not say it, and only once', async () => {
    const { url } = await serveOpenAi({ flavor: 'bare', script: () => reply.text('Fine.') })
    const { root: folder } = temporaryFolder()
    const refused = await failure(openAt(url, { folder }))
    expect(refused.message).toContain('does not say how large the window of "local-model" is')
    expect(refused.hint).toContain('--num-ctx')
    const told = await openAt(url, { folder, open: { window: 5000 } })
    expect(told.model.window).toBe(5000)
    await told.ask()
    expect((await openAt(url, { folder })).model.window).toBe(5000)
  })

  test('that a person asks for beats what the server says', async () => {
    const { url } = await serveOpenAi({ window: 6000 })
    expect((await openAt(url, { open: { window: 3000 } })).model.window).toBe(3000)
  })

  test('that is smaller than the one of the server is no sign that something was cut', async () => {
    const { url } = await serveOpenAi({
      window: 6000,
      script: [reply.done({ text: 'Fine.', promptTokens: 900, outputTokens: 200 })],
    })
    const { warnings } = await (await openAt(url, { open: { window: 1000 } })).ask()
    expect(warnings).toEqual([])
  })
})

describe('a prompt that is too long', () => {
  const long = { messages: [{ role: 'user' as const, content: 'word '.repeat(8000) }] }

  test.each(flavors)('is an overflow in the words of %s, with its numbers', async (flavor) => {
    const { url } = await serveOpenAi({ flavor, window: 4096 })
    const { ask } = await openAt(url)
    const error = await failure(ask(long))
    expect(error.code).toBe('overflow')
    expect(error.message).toMatch(/^The prompt \(1\d{4} tokens\) is too long for the window \(4096 tokens\)$/)
  })

  test('is one also without numbers', async () => {
    const { url } = await serveOpenAi({ flavor: 'bare', window: 4096 })
    const { ask } = await openAt(url, { open: { window: 4096 } })
    expect((await failure(ask(long))).code).toBe('overflow')
  })

  test.each<FlavorName>(['vllm', 'sglang'])('is none when only the reply would not fit: %s', async (flavor) => {
    const server = await serveOpenAi({ flavor, window: 1000, strictLength: true, script: [reply.text('Short.')] })
    const { ask } = await openAt(server.url)
    expect((await ask({ maxTokens: 990 })).message.content).toBe('Short.')
    const [first, second] = server.bodies.map((body) => body['max_tokens'])
    expect(first).toBe(990)
    expect(second).toBeLessThan(950)
  })
})

describe('a streamed reply', () => {
  test('is put together from its pieces, calls too', async () => {
    const calls = reply.calls(
      { name: 'read_file', arguments: { path: 'grün/ä.ts' } },
      { name: 'read_file', arguments: { path: 'b.ts' } },
    )
    const { url } = await serveOpenAi({ script: [[...reply.thinking('hm'), ...reply.text('Grüße. '), ...calls]] })
    const { ask, events } = await openAt(url)
    const { message, outcome, usage } = await ask()
    expect(outcome).toBe('tools')
    expect(message).toMatchObject({ content: 'Grüße. ', thinking: 'hm' })
    expect(message.toolCalls.map((call) => call.arguments)).toEqual([{ path: 'grün/ä.ts' }, { path: 'b.ts' }])
    expect(usage.promptTokens).toBeGreaterThan(0)
    expect(events).toContainEqual({ type: 'text', text: 'Grüße. ' })
  })

  test('may hold a call without arguments', async () => {
    const status = { name: 'git_status', description: 'Status', parameters: { type: 'object', properties: {} } }
    const { url } = await serveOpenAi({ script: [reply.calls({ name: 'git_status', arguments: {} })] })
    const { ask } = await openAt(url)
    const { message } = await ask({ tools: [status] })
    expect(message.toolCalls).toMatchObject([{ name: 'git_status', arguments: {}, recovered: false }])
  })

  test.each<[string, string]>([
    [
      'a call that has no index',
      '{"tool_calls":[{"id":"a","function":{"name":"read_file","arguments":"{\\"path\\":\\"a.ts\\"}"}}]}',
    ],
    [
      'arguments as an object',
      '{"tool_calls":[{"index":0,"function":{"name":"read_file","arguments":{"path":"a.ts"}}}]}',
    ],
    ['the call of the first servers', '{"function_call":{"name":"read_file","arguments":"{\\"path\\":\\"a.ts\\"}"}}'],
  ])('is understood in other shapes: %s', async (_, delta) => {
    const done = '{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}'
    const events = `: ping\r\n\r\ndata: {"choices":[{"index":0,"delta":${delta}}]}\r\n\r\ndata:${done}\r\n\r\ndata: [DONE]\r\n\r\n`
    const { url } = await serveOpenAi({ script: [reply.raw(events)] })
    const { message } = await (await openAt(url)).ask()
    expect(message.toolCalls).toMatchObject([{ name: 'read_file', arguments: { path: 'a.ts' } }])
  })

  test('ends where its calls are longer than any call', async () => {
    const piece = JSON.stringify({
      choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: 'x'.repeat(100_000) } }] } }],
    })
    const done = '{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}'
    const { url } = await serveOpenAi({ script: () => reply.raw(`data: ${piece}\n\n`.repeat(6), `data: ${done}\n\n`) })
    expect((await failure((await openAt(url)).ask())).message).toContain('its calls are too long')
  })

  test('is taken whole from a server that does not stream', async () => {
    const server = await serveHttp((request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      const message = { role: 'assistant', content: 'All at once.', tool_calls: null }
      const whole = { object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }] }
      const models = { object: 'list', data: [{ id: 'm', max_model_len: 4096 }] }
      response.end(JSON.stringify(request.url === '/v1/models' ? models : whole))
    })
    const { message } = await (await openAt(server.url)).ask()
    expect(message.content).toBe('All at once.')
    await server.close()
  })

  const part = 'data: {"choices":[{"index":0,"delta":{"content":"Half"}}]}\n\n'
  test.each<[string, string]>([
    ['ends without an end', part],
    ['says only that it is done', `${part}data: [DONE]\n\n`],
    ['is ended by a filter', `${part}data: {"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}\n\n`],
    [
      'is ended in a way that nobody knows',
      `${part}data: {"choices":[{"index":0,"delta":{},"finish_reason":"x"}]}\n\n`,
    ],
    ['holds an error', `${part}data: {"error":{"message":"boom","code":500}}\n\n`],
    ['breaks off within an event', `${part}data: {"choices":[{"ind`],
  ])('that %s is never an answer', async (_, events) => {
    const { url } = await serveOpenAi({ script: () => [...reply.raw(events), { type: 'broken' }] })
    await failure((await openAt(url)).ask())
  })
})

describe('tools', () => {
  test.each<FlavorName>([...flavors, 'bare'])('go into the prompt where %s has none', async (flavor) => {
    const calls = reply.text('<tool_call>{"name": "read_file", "arguments": {"path": "a.ts"}}</tool_call>')
    const { url, requests } = await serveOpenAi({ flavor, tools: false, script: [calls] })
    const { ask, model } = await openAt(url, { open: { window: 4096 } })
    const { message } = await ask()
    expect(message.toolCalls).toMatchObject([{ name: 'read_file', arguments: { path: 'a.ts' }, recovered: true }])
    expect(model.toolCalling).toBe('prompted')
    expect(requests.at(-1)?.messages[0]?.content).toContain('You can call these tools:')
  })

  test('that were called are told again as the protocol wants it', async () => {
    const { url, bodies } = await serveOpenAi({ script: [reply.text('Fine.')] })
    const call = { id: 'call_1', name: 'read_file', arguments: { path: 'a.ts' }, recovered: false }
    const history: Message[] = [
      question,
      { role: 'assistant', content: '', toolCalls: [call] },
      { role: 'tool', content: 'text', toolCallId: 'call_1', toolName: 'read_file' },
    ]
    await (await openAt(url)).ask({ messages: history })
    expect(bodies[0]?.['messages']).toEqual([
      { role: 'user', content: 'What is in a.ts?' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'read_file', arguments: '{"path":"a.ts"}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'text' },
    ])
  })
})

describe('a structured reply', () => {
  const format = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }

  test('is held to its schema by the server', async () => {
    const { url, bodies } = await serveOpenAi({ script: [reply.json({ a: 'b' })] })
    const { message } = await (await openAt(url)).ask({ tools: [], format })
    expect(message.content).toBe('{"a":"b"}')
    expect(bodies[0]?.['response_format']).toEqual({
      type: 'json_schema',
      json_schema: { name: 'reply', strict: true, schema: { ...format, additionalProperties: false } },
    })
  })

  test('is asked for all the same where the server takes no schema', async () => {
    const refuse = reply.error(400, 'response_format type json_schema is not supported')
    const { url, bodies } = await serveOpenAi({ script: [refuse, reply.json({ a: 'b' }), reply.json({ a: 'c' })] })
    const { ask } = await openAt(url)
    await ask({ tools: [], format })
    await ask({ tools: [], format })
    expect(bodies.map((body) => (body['response_format'] as { type: string }).type)).toEqual([
      'json_schema',
      'json_object',
      'json_object',
    ])
  })
})

describe('a key', () => {
  test('is sent to the server, and asked for where it is missing', async () => {
    const { url, log } = await serveOpenAi({ key: 'sk-1' })
    await openAt(url, { key: 'sk-1' })
    expect(new Set(log.map(({ key }) => key))).toEqual(new Set(['sk-1']))
    const refused = await failure(openAt(url))
    expect(refused.hint).toContain('LOCAL_BRAIN_API_KEY')
  })

  test('that no header can hold is refused before anything is sent', async () => {
    const { url, log } = await serveOpenAi()
    const refused = await failure(openAt(url, { key: 'a\r\nHost: b' }))
    expect(refused.code).toBe('usage')
    expect(log).toEqual([])
  })

  test('is not followed to another host', async () => {
    const { url: other, log } = await serveOpenAi()
    const server = await serveHttp((_, response) => void response.writeHead(307, { Location: `${other}/models` }).end())
    expect((await failure(openAt(server.url, { key: 'sk-1' }))).message).toContain('redirects to another address')
    expect(log).toEqual([])
    await server.close()
  })
})

describe('what is not this machine', () => {
  test('is asked nothing without --allow-remote', async () => {
    expect((await failure(openAt('http://192.0.2.1:8000/v1'))).code).toBe('remote-refused')
  })

  test.each(['gpt-oss:120b-cloud', 'gpt-4o'])('runs no model of a gateway that is here: %s', async (name) => {
    const owner = name === 'gpt-4o' ? 'openai' : 'library'
    const server = await serveHttp((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ data: [{ id: name, owned_by: owner, max_model_len: 4096 }] }))
    })
    expect((await failure(openAt(server.url))).code).toBe('remote-refused')
    expect((await openAt(server.url, { allowRemote: true })).model.name).toBe(name)
    await server.close()
  })
})

describe('which server it is', () => {
  const find = async (url: string, key?: string) =>
    findEngine({ host: url, key, paths: { state: temporaryFolder().root } })

  test('is found out from what it answers, an Ollama without a request more', async () => {
    const ollama = await serve()
    for (const url of [ollama.url, `${ollama.url}/v1`]) {
      const engine = await find(url, 'sk-1')
      expect((await engine.list(signal)).map(({ name }) => name)).toEqual(['scripted:latest'])
      expect(engine.name).toBe('ollama')
    }
    expect(ollama.log.map(({ path }) => path).sort()).toEqual([
      '/api/ps',
      '/api/ps',
      '/api/tags',
      '/api/tags',
      '/api/version',
      '/api/version',
    ])
  })

  test.each<FlavorName>([...flavors, 'bare'])('is found out also without /v1 in the address: %s', async (flavor) => {
    const server = await serveOpenAi({ flavor })
    for (const url of [server.url, server.url.replace(/\/v1$/, '')]) {
      const engine = await find(url)
      expect(await engine.list(signal)).not.toEqual([])
      expect(engine.name).toBe('openai')
    }
  })

  test('cannot be found out where nothing answers, or a page does', async () => {
    const nowhere = await find('http://127.0.0.1:9')
    expect((await failure(nowhere.list(signal))).message).toContain('Cannot reach Ollama at http://127.0.0.1:9')
    const versioned = await find('http://127.0.0.1:9/v1')
    expect((await failure(versioned.list(signal))).message).toContain('Cannot reach the model server')
    const server = await serveHttp((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' })
      response.end('<html><title>Router login</title></html>')
    })
    for (const url of [server.url, `${server.url}/v1`]) {
      const refused = await failure((await find(url)).list(signal))
      expect(refused.code).toBe('server-failed')
      expect(refused.message).toContain('Router login')
    }
    await server.close()
  })

  test('is waited for while it loads its model', async () => {
    let asked = 0
    const server = await serveHttp((request, response) => {
      asked += 1
      const isReady = asked > 5
      const loading = { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }
      const models = { data: [{ id: 'm', max_model_len: 4096 }] }
      const missing = { error: { message: 'File Not Found' } }
      const isModels = request.url === '/v1/models'
      response.writeHead(isReady ? (isModels ? 200 : 404) : 503, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(isReady ? (isModels ? models : missing) : loading))
    })
    const engine = await find(server.url)
    expect((await engine.list(signal)).map(({ name }) => name)).toEqual(['m'])
    await server.close()
  })
})

test('a server that refuses what is too much at once gets it bit by bit, and everything is answered', async () => {
  const gate = hold()
  const server = await serveOpenAi({
    most: 3,
    parallel: 3,
    script: ({ messages }, { index }) => reply.text(...(index < 3 ? [gate] : []), `Reply to ${messages[0]?.content}.`),
  })
  const { ask, events } = await openAt(server.url)
  const numbers = Array.from({ length: 24 }, (_, number) => String(number))
  const asked = Promise.all(numbers.map(async (content) => ask({ tools: [], messages: [{ role: 'user', content }] })))
  await expect.poll(() => server.log.filter(({ status }) => status === 429).length, { timeout: 20_000 }).toBe(21)
  gate.release()
  const replies = await asked
  expect(replies.map(({ message }) => message.content)).toEqual(numbers.map((number) => `Reply to ${number}.`))
  expect(events).toContainEqual({ type: 'retry', reason: 'the server is busy', attempt: 1 })
  expect(server.requests).toHaveLength(24)
})
