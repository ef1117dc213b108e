import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { served } from './served.ts'

const path = '/v1/chat/completions'
const question = { model: 'scripted', messages: [{ role: 'user', content: 'hi' }] }
const body = JSON.stringify(question)
const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`
const asked = `${head}Content-Length: ${body.length}\r\n\r\n${body}`

type Opened = { socket: Socket; text: () => string }

/** A connection that has said this much. */
async function open(url: string, bytes = ''): Promise<Opened> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(socket, 'connect')
  if (bytes !== '') socket.write(bytes)
  return { socket, text: () => text }
}

async function openAll(url: string, count: number, bytes?: string): Promise<Opened[]> {
  const all: Opened[] = []
  for (let number = 0; number < count; number += 1) all.push(await open(url, bytes))
  return all
}

test.each([
  ['say nothing', ''],
  ['stop in the middle of their head', 'POST /v1/chat/completions HTTP/1.1\r\nHost: loc'],
  ['stop in the middle of their body', `${head}Content-Length: 100\r\n\r\n{`],
])('a hundred connections that %s keep nobody out, and none that waits for an answer is lost', async (_, bytes) => {
  const wait = hold()
  const server = await served({ script: [reply.text('Late', wait, '.')], inject: 'never' })
  const first = await open(server.url, asked)
  await wait.reached
  const silent = await openAll(server.url, 100, bytes)
  expect(await server.get('/v1/models')).toMatchObject({ status: 200 })
  // The first of them made room.
  await expect.poll(() => silent.slice(0, 50).some(({ socket }) => socket.closed), { timeout: 20_000 }).toBe(true)
  wait.release()
  await expect.poll(first.text, { timeout: 20_000 }).toContain('"Late."')
})

test('when every connection waits for an answer, one more is not taken', async () => {
  const wait = hold()
  const server = await served({ script: () => reply.text(wait, 'Fine.'), queue: 100, inject: 'never' })
  const all = await openAll(server.url, 64, asked)
  const isAsked = () => server.events.filter(({ type }) => type === 'request_start').length
  await expect.poll(isAsked, { timeout: 20_000 }).toBe(64)
  const more = await open(server.url, asked)
  await expect.poll(() => more.socket.closed, { timeout: 20_000 }).toBe(true)
  wait.release()
  await expect.poll(() => all.filter(({ text }) => text().includes('"Fine."')).length, { timeout: 20_000 }).toBe(64)
  expect(more.text()).toBe('')
})

test('what one connection asks at once is answered in order, one after the other', async () => {
  const wait = hold()
  const server = await served({
    script: (_, { index }) => (index === 0 ? reply.text(wait, 'First.') : reply.text('Second.')),
    parallel: 4,
    ollama: { parallel: 4 },
    inject: 'never',
  })
  const { text } = await open(server.url, asked + asked)
  await wait.reached
  expect(await server.post(path, question)).toMatchObject({ status: 200 })
  expect(server.ollama.requests).toHaveLength(2)
  wait.release()
  await expect.poll(text, { timeout: 20_000 }).toMatch(/"First\."[^]*"Second\."/)
})

test('a client that leaves takes along what it asked at once', async () => {
  const wait = hold()
  const server = await served({ script: () => reply.text(wait, 'Fine.'), parallel: 4, inject: 'never' })
  const { socket } = await open(server.url, asked + asked + asked)
  await wait.reached
  socket.destroy()
  await expect.poll(() => server.ollama.cancellations, { timeout: 20_000 }).toBe(1)
  wait.release()
  expect(await server.post(path, question)).toMatchObject({ status: 200 })
  expect(server.ollama.requests).toHaveLength(2)
})

test('a connection that asks without end and reads no answer is closed', async () => {
  const wait = hold()
  const server = await served({ script: () => reply.text(wait, 'Fine.'), queue: 100, inject: 'never' })
  const { socket } = await open(server.url, asked.repeat(17))
  await expect.poll(() => socket.closed, { timeout: 20_000 }).toBe(true)
  expect(server.ollama.requests.length).toBeLessThan(2)
})
