import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { LocalBrainError } from '../../../src/errors.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { raw, served } from './served.ts'

const path = '/v1/chat/completions'
const body = JSON.stringify({ model: 'scripted', messages: [{ role: 'user', content: 'hi' }] })
const json = { 'content-type': 'application/json' }

test.each<[string, number, { method?: string; headers: Record<string, string> }]>([
  ['a form of a web page', 403, { headers: { 'content-type': 'text/plain', origin: 'https://evil.example' } }],
  ['text that a page may send without asking', 415, { headers: { 'content-type': 'text/plain' } }],
  ['a form', 415, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  ['a body without a type', 415, { headers: {} }],
  ['a compressed body', 415, { headers: { ...json, 'content-encoding': 'gzip' } }],
  ['a page of another site', 403, { headers: { ...json, origin: 'https://evil.example' } }],
  ['a page without a site', 403, { headers: { ...json, origin: 'null' } }],
  ['a page on another port of this machine', 403, { headers: { ...json, origin: 'http://localhost:3000' } }],
  ['what a page loads', 403, { headers: { ...json, 'sec-fetch-site': 'cross-site' } }],
  ['what a page of the same site loads', 403, { headers: { ...json, 'sec-fetch-site': 'same-site' } }],
  ['a name that was rebound to this machine', 403, { headers: { ...json, host: 'evil.example' } }],
  ['a name that begins like one of this machine', 403, { headers: { ...json, host: '127.0.0.1.evil.example' } }],
  ['a preflight', 403, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } }],
])('%s is refused without a word, and the model hears nothing', async (_, status, { method, headers }) => {
  const server = await served()
  expect(await raw(server.url, { method, headers, body: method === 'OPTIONS' ? undefined : body })).toEqual({
    status,
    text: '',
  })
  expect(server.ollama.log).not.toContainEqual(expect.objectContaining({ path: '/api/chat' }))
  const told = server.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))
  const why = status === 415 ? 'its body is not plain application/json' : 'its Host, Origin or user may not ask'
  expect(told).toEqual([expect.stringMatching(new RegExp(`^refused ${status}: \\w+ from [\\d.:a-f]+ \\(${why}\\)$`))])
})

test('another protocol is not spoken', async () => {
  const server = await served()
  const ended = await new Promise<string>((resolve) => {
    const { port } = new URL(server.url)
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write('GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    )
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('close', () => resolve(text))
  })
  expect(ended).toBe('')
})

test.each([
  ['with two names for this machine', 'Host: localhost\r\nHost: evil.example\r\n'],
  [
    'of a page, behind thousands of headers',
    `Host: localhost\r\n${'X: a\r\n'.repeat(3000)}Origin: https://evil.example\r\n`,
  ],
])('a request %s is refused', async (_, headers) => {
  const server = await served()
  const { port } = new URL(server.url)
  const answered = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(`GET /v1/models HTTP/1.1\r\n${headers}\r\n`))
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('close', () => resolve(text))
  })
  expect(answered).toMatch(/^HTTP\/1\.1 403 /)
})

test('a page and a name that were allowed may ask', async () => {
  const origin = 'https://app.example'
  const server = await served({
    script: [reply.text('Hello.')],
    inject: 'never',
    allowOrigins: [origin],
    allowHosts: ['box.example'],
    token: 'a-long-secret-token',
  })
  const asked = { origin, 'access-control-request-headers': 'authorization,x-stainless-os' }
  const preflight = await fetch(`${server.url}${path}`, { method: 'OPTIONS', headers: asked })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-origin')).toBe(origin)
  expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization,x-stainless-os')
  const refused = await server.post(path, body, { origin })
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, origin])
  const token = { 'x-api-key': 'a-long-secret-token' }
  const headers = { ...json, ...token, origin, host: 'box.example:8080', 'sec-fetch-site': 'cross-site' }
  expect(await raw(server.url, { headers, body })).toMatchObject({ status: 200 })
})

test('with a token nothing is answered without it, except whether the server is well', async () => {
  const token = 'a-long-secret-token'
  const server = await served({ script: () => reply.text('Hello.'), inject: 'never', token })
  const refused = { status: 401, json: { error: { code: 'invalid_api_key' } } }
  expect(await server.post(path, body)).toMatchObject(refused)
  expect(await server.post(path, body, { authorization: 'Bearer another-secret-token' })).toMatchObject(refused)
  expect(await server.post(`${path}?api_key=${token}`, body)).toMatchObject(refused)
  expect(await server.get('/v1/models')).toMatchObject(refused)
  expect(await server.get('/health')).toMatchObject({ status: 200, json: { status: 'ok', model: 'scripted:latest' } })
  expect(await server.post(path, body, { authorization: `Bearer ${token}` })).toMatchObject({ status: 200 })
  expect(await server.post(path, body, { 'x-api-key': token })).toMatchObject({ status: 200 })
})

test('a thousand wrong tokens end like one, and the right one is answered among them', {
  timeout: 60_000,
}, async () => {
  const token = 'a-long-secret-token'
  const server = await served({ script: () => reply.text('Hello.'), inject: 'never', token })
  const statuses = new Set<number>()
  let left = 1000
  const guesser = async () => {
    for (; left > 0; left -= 1) statuses.add((await server.post(path, body, { 'x-api-key': `wrong-${left}` })).status)
  }
  const guessing = Promise.all(Array.from({ length: 50 }, guesser))
  expect(await server.post(path, body, { 'x-api-key': token })).toMatchObject({ status: 200 })
  await guessing
  expect([...statuses]).toEqual([401])
  expect(server.ollama.requests).toHaveLength(1)
})

test('an address that others reach needs a token, and so does more than reading', async () => {
  await expect(served({ bind: '0.0.0.0' })).rejects.toThrow(LocalBrainError)
  const server = await served({ allow: 'write' })
  expect(server).toMatchObject({ isNewToken: true, token: expect.stringMatching(/^[\da-f]{32}$/) })
  expect(await server.post(path, body)).toMatchObject({ status: 401 })
})

test.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')(
  'another user of this machine is refused before it says anything, and keeps nobody out',
  async () => {
    const server = await served()
    const printed = async (code: string, uid: number) => {
      const child = spawn(process.execPath, ['-e', code], { uid, env: {}, cwd: '/' })
      let text = ''
      for await (const chunk of child.stdout) text += String(chunk)
      return text.trim()
    }
    const ask = (path: string) =>
      `fetch('${server.url}${path}').then(async (r) => console.log(r.status + ':' + await r.text()))`
    expect(await printed(ask('/v1/models'), 65_534)).toBe('403:')
    expect(await printed(ask('/health'), 65_534)).toBe('403:')
    expect(await printed(ask('/v1/models'), 0)).toMatch(/^200:/)
    const sayNothing = `const all = Array.from({ length: 100 }, () => require('net').connect(${new URL(server.url).port}, '127.0.0.1'))
      for (const one of all) one.on('data', (data) => process.stdout.write(data.subarray(9, 13)))`
    expect(await printed(sayNothing, 65_534)).toBe('403 '.repeat(100).trim())
    expect(server.events.filter(({ type }) => type === 'warning')).toHaveLength(102)
  },
)

test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'another user on the port of an own connection, from another address, is not taken for its owner',
  async () => {
    const server = await served()
    const port = Number(new URL(server.url).port)
    // Which of two connections Linux lists first depends on their addresses.
    const own = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.1.${at + 1}` })
        onTestFinished(() => void socket.destroy())
        await once(socket, 'connect')
        return socket.localPort
      }),
    )
    const askAs = `for (const [at, localPort] of ${JSON.stringify(own)}.entries()) {
      const one = require('net').connect({ port: ${port}, host: '127.0.0.1', localAddress: '127.0.2.' + (at + 1), localPort })
      one.on('data', (data) => (process.stdout.write(data.subarray(9, 13)), one.destroy()))
      one.write('GET /v1/models HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n')
    }`
    const child = spawn(process.execPath, ['-e', askAs], { uid: 65_534, env: {}, cwd: '/' })
    let said = ''
    for await (const chunk of child.stdout) said += String(chunk)
    expect(said).toBe('403 '.repeat(20))
  },
)

test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'another user who leaves at once is not taken for root, to whom Linux gives what nobody holds any more',
  async () => {
    const server = await served({ script: () => reply.text('Fine.'), inject: 'never' })
    const bytes = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const askAndLeave = `for (let at = 0; at < 30; at += 1) {
      const one = require('net').connect(${new URL(server.url).port}, '127.0.0.1', () => (one.write(${JSON.stringify(bytes)}), one.destroy()))
    }`
    const child = spawn(process.execPath, ['-e', askAndLeave], { uid: 65_534, env: {}, cwd: '/', stdio: 'ignore' })
    await once(child, 'close')
    expect(await server.post(path, body)).toMatchObject({ status: 200 })
    expect(server.events.filter(({ type }) => type === 'request_start')).toHaveLength(1)
  },
)
