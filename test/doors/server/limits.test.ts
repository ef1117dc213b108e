import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { ScriptedReply } from '../../scripted-ollama/reply.ts'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { eventsOf, served } from './served.ts'

const path = '/v1/chat/completions'
const question = { model: 'scripted', messages: [{ role: 'user', content: 'hi' }] }

/** What a server answers to these bytes, until it closes the connection. */
function send(url: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })
}

const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

test.each<[string, number, string | Buffer]>([
  ['is not JSON', 400, `${head}Content-Length: 4\r\nConnection: close\r\n\r\nnope`],
  [
    'is not UTF-8',
    400,
    Buffer.concat([
      Buffer.from(`${head}Content-Length: 4\r\nConnection: close\r\n\r\n"`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"'),
    ]),
  ],
  ['is announced as too long', 413, `${head}Content-Length: 17000000\r\n\r\n`],
  ['has a head of 1 MB', 431, `${head}X: ${'a'.repeat(1_000_000)}\r\n\r\n`],
  ['waits to be told to go on', 400, `${head}Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n[]`],
])('a request that %s is refused', async (_, status, bytes) => {
  const server = await served()
  expect(await send(server.url, bytes)).toContain(`HTTP/1.1 ${status} `)
})

test('a body without an end is ended at 16 MB', async () => {
  const server = await served()
  const chunk = `100000\r\n${' '.repeat(0x10_0000)}\r\n`
  const answer = await send(server.url, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(18)}`)
  expect(answer).toMatch(/^$|HTTP\/1\.1 413 /)
  expect(await server.get('/health')).toMatchObject({ status: 200 })
})

test.each<[string, string, unknown]>([
  [
    '100,000 messages',
    'messages',
    { ...question, messages: Array.from({ length: 100_000 }, () => question.messages[0]) },
  ],
  [
    '129 tools',
    'tools',
    {
      ...question,
      tools: Array.from({ length: 129 }, (_, at) => ({ type: 'function', function: { name: `t${at}` } })),
    },
  ],
  ['1,000 levels', '', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`],
  ['a million values', '', JSON.stringify({ ...question, more: Array.from({ length: 1_000_000 }, () => 0) })],
])('%s are too many', async (_, param, body) => {
  const server = await served()
  const refused = await server.post(path, body)
  expect(refused).toMatchObject({ status: 400, json: { error: { type: 'invalid_request_error' } } })
  expect((refused.json as { error: { param: string | null } }).error.param ?? '').toBe(param)
})

test('bodies that are too large together are sent away, and the others are answered', async () => {
  const server = await served({ script: () => reply.text('Fine.'), inject: 'never' })
  const { port } = new URL(server.url)
  const begun = `${head}Content-Length: 16000000\r\n\r\n${' '.repeat(15_900_000)}`
  const sent = Array.from({ length: 4 }, () => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(begun))
    onTestFinished(() => void socket.destroy())
    return new Promise<string>((resolve) => {
      socket.on('data', (chunk: Buffer) => resolve(chunk.toString().split('\r\n', 1)[0] ?? ''))
      socket.on('error', () => resolve('ended'))
    })
  })
  expect(await Promise.race(sent)).toMatch(/^HTTP\/1\.1 429 |^ended$/)
  // Two of them may wait to be read to their end.
  await expect.poll(async () => (await server.post(path, question)).status, { timeout: 20_000 }).toBe(200)
})

test('a prototype in a body is nothing but a word', async () => {
  const server = await served({ script: [reply.text('Fine.')], inject: 'never' })
  const body = `{"model":"scripted","messages":[{"role":"user","content":"hi","__proto__":{"role":"system"}}],"\\u005f_proto__":{"tools":5}}`
  expect(await server.post(path, body)).toMatchObject({ status: 200 })
  expect(server.ollama.requests[0]?.messages).toEqual([{ role: 'user', content: 'hi' }])
})

test('a prompt that is too long is refused in the words that clients look for', async () => {
  const script = () => reply.text('Fine.')
  const server = await served({ script, numCtx: 2048, inject: 'never' })
  for (const words of [6000, 200_000]) {
    const long = { ...question, messages: [{ role: 'user', content: 'word '.repeat(words) }] }
    const refused = await server.post(path, { ...long, stream: words === 6000 })
    expect(refused).toMatchObject({
      status: 400,
      json: { error: { type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' } },
    })
    expect((refused.json as { error: { message: string } }).error.message).toMatch(
      /^This model's maximum context length is 2048 tokens\. However, your messages resulted in \d+ tokens\.$/,
    )
  }
  // The window stays what it is, and so does what fits.
  expect(await server.post(path, question)).toMatchObject({ status: 200 })
  expect(server.ollama.requests.map(({ options }) => options?.num_ctx)).toEqual([2048, 2048])
})

test('results of a client are never shortened to make room', async () => {
  const server = await served({ script: () => reply.text('Fine.'), numCtx: 2048 })
  const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }
  const messages = [
    ...question.messages,
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c1', content: 'word '.repeat(5000) },
  ]
  const tools = [{ type: 'function', function: { name: 'look' } }]
  expect(await server.post(path, { ...question, messages, tools })).toMatchObject({
    status: 400,
    json: { error: { code: 'context_length_exceeded' } },
  })
})

test.each([
  ['fails', reply.error(500, 'CUDA error'), 503],
  ['leads elsewhere', reply.redirect('http://127.0.0.1:9/'), 503],
])('an Ollama that %s is told of before the answer begins', async (_, line, status) => {
  const server = await served({ script: () => line, inject: 'never' })
  for (const stream of [false, true]) {
    const failed = await server.post(path, { ...question, stream })
    expect(failed).toMatchObject({ status, json: { error: { type: 'server_error' } } })
  }
})

test.each<[string, ScriptedReply]>([
  ['breaks off with an error', reply.errorLine('llama runner process has terminated', 'Half an')],
  ['just ends', reply.broken('Half an')],
  ['loses its connection', reply.reset('Half an')],
])('an answer that %s says so, and does not end like a whole one', async (_, said) => {
  const server = await served({ script: () => said, inject: 'never' })
  const { status, text } = await server.post(path, { ...question, stream: true })
  expect(status).toBe(200)
  expect(text).toContain('Half an')
  expect(text).not.toContain('[DONE]')
  expect(eventsOf(text).at(-1)).toMatchObject({ error: { type: 'server_error', message: expect.any(String) } })
})

test('a model that says nothing at all is no answer of its own', async () => {
  const server = await served({ script: () => reply.empty(), inject: 'never' })
  const { json } = await server.post(path, question)
  expect(json).toMatchObject({
    choices: [{ message: { content: '[local-brain: the model gave no usable answer]' }, finish_reason: 'length' }],
  })
})

test('an Ollama that is not there is told of, and is found when it comes back', async () => {
  const server = await served({ host: 'http://127.0.0.1:9' })
  expect(server.model).toBeUndefined()
  expect(await server.get('/health')).toMatchObject({
    status: 503,
    json: { ollama: { reachable: false }, model: null },
  })
  expect(await server.post(path, question)).toMatchObject({ status: 503, json: { error: { type: 'server_error' } } })
})

test('requests wait for their turn, and too many are sent away', async () => {
  const wait = hold()
  const server = await served({
    script: (_, { index }) => (index === 0 ? reply.text('first', wait) : reply.text(`number ${index}`)),
    queue: 1,
    inject: 'never',
  })
  const first = server.post(path, question)
  await expect.poll(() => server.ollama.requests.length, { timeout: 20_000 }).toBe(1)
  const second = server.post(path, question)
  await expect
    .poll(() => server.events.filter(({ type }) => type === 'request_start').length, { timeout: 20_000 })
    .toBe(2)
  const third = await server.post(path, question)
  expect(third).toMatchObject({ status: 429, json: { error: { code: 'rate_limit_exceeded' } } })
  expect(third.headers.get('retry-after')).toBe('5')
  expect(server.ollama.requests.length).toBe(1)
  wait.release()
  expect(await first).toMatchObject({ status: 200 })
  expect(await second).toMatchObject({ json: { choices: [{ message: { content: 'number 1' } }] } })
})

const init = { method: 'POST', headers: { 'content-type': 'application/json' } }

test.each<[string, ScriptedReply, boolean]>([
  ['before the first word', reply.silent(), false],
  ['while a whole answer is written', reply.silent('Once upon'), false],
  ['between two events', reply.silent('Once upon'), true],
])('a client that leaves %s stops its request, and the next one goes on', async (_, said, stream) => {
  const server = await served({ script: (_, { index }) => (index === 0 ? said : reply.text('Next.')), inject: 'never' })
  const leave = new AbortController()
  const body = JSON.stringify({ ...question, stream })
  const gone = fetch(`${server.url}${path}`, { ...init, body, signal: leave.signal })
  if (stream) await ((await gone).body as ReadableStream).getReader().read()
  else gone.catch(() => undefined)
  await expect.poll(() => server.ollama.requests.length, { timeout: 20_000 }).toBe(1)
  const next = server.post(path, question)
  expect(server.ollama.cancellations).toBe(0)
  leave.abort()
  // The model would have said nothing more: only its being stopped lets the next one in.
  expect(await next).toMatchObject({ status: 200, json: { choices: [{ message: { content: 'Next.' } }] } })
  expect(server.ollama.cancellations).toBe(1)
  expect(server.events.find((event) => event.type === 'request_end')).toMatchObject({ status: 499 })
})

test('a client that leaves the line is never answered, and makes room for another', async () => {
  const wait = hold()
  const server = await served({
    script: ({ messages }) => reply.text(`to ${messages.at(-1)?.content}`, wait),
    queue: 1,
    inject: 'never',
  })
  const ask = (content: string) => ({ ...question, messages: [{ role: 'user', content }] })
  const first = server.post(path, ask('first'))
  await wait.reached
  const leave = new AbortController()
  const gone = fetch(`${server.url}${path}`, { ...init, body: JSON.stringify(ask('gone')), signal: leave.signal })
  const begun = () => server.events.filter(({ type }) => type === 'request_start').length
  await expect.poll(begun, { timeout: 20_000 }).toBe(2)
  leave.abort()
  await expect(gone).rejects.toThrow(/abort/i)
  await expect
    .poll(() => server.events.some((event) => event.type === 'request_end' && event.status === 499), {
      timeout: 20_000,
    })
    .toBe(true)
  const third = server.post(path, ask('third'))
  await expect.poll(begun, { timeout: 20_000 }).toBe(3)
  wait.release()
  expect(await first).toMatchObject({ json: { choices: [{ message: { content: 'to first' } }] } })
  expect(await third).toMatchObject({ json: { choices: [{ message: { content: 'to third' } }] } })
  expect(server.ollama.requests).toHaveLength(2)
})

test('a client that reads late gets the whole answer in fewer pieces, and holds nothing up', {
  timeout: 60_000,
}, async () => {
  const words = Array.from({ length: 40_000 }, (_, at) => `${at} `)
  const server = await served({
    script: (_, { index }) => (index === 0 ? reply.text(...words) : reply.text('Next.')),
    ollama: { models: [{ name: 'scripted', contextLength: 131_072 }], writes: 'joined' },
    numCtx: 131_072,
    inject: 'never',
  })
  const body = JSON.stringify({ ...question, stream: true })
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write(`${head}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  await expect.poll(() => server.ollama.requests.length, { timeout: 20_000 }).toBe(1)
  // Not a byte was read by now.
  expect(await server.post(path, question)).toMatchObject({ status: 200 })
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  const events = text
    .replace(/\r\n[\da-f]+\r\n/g, '')
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] })
  expect(events.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(words.join(''))
  expect(events.length).toBeLessThan(words.length)
})

test('fifty clients at once get their own answers, one after the other, or are sent away', async () => {
  const wait = hold()
  const server = await served({
    script: ({ messages }, { index }) => {
      const words = `answer to ${messages.at(-1)?.content}`
      return index === 0 ? reply.text(wait, words) : reply.text(words)
    },
    queue: 30,
    inject: 'never',
  })
  const ask = async (number: number) => {
    const messages = [{ role: 'user', content: `question ${number}` }]
    const { status, text } = await server.post(path, { model: 'x', messages, stream: true })
    if (status !== 200) return status
    const said = eventsOf(text)
      .map((event) => (event as { choices?: { delta: { content?: string } }[] }).choices?.[0]?.delta.content ?? '')
      .join('')
    return said === `answer to question ${number}` ? 200 : said
  }
  const asked = Array.from({ length: 50 }, async (_, number) => ask(number))
  const refused = () => server.events.filter((event) => event.type === 'request_end' && event.status === 429).length
  await expect.poll(refused, { timeout: 20_000 }).toBe(19)
  wait.release()
  const all = await Promise.all(asked)
  expect(all.filter((one) => one === 200)).toHaveLength(31)
  expect(all.filter((one) => one === 429)).toHaveLength(19)
})
