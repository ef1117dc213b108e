import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLearner } from '../../../src/engines/chat/learn.ts'
import type { ChatRequest, ModelEvent, Reply } from '../../../src/core/model.ts'
import { lookAt } from '../../../src/engines/ollama/reach.ts'
import { createServer as createOllama } from '../../../src/engines/ollama/server.ts'
import { loadRemembered, type Remembered, remember } from '../../../src/engines/chat/remembered.ts'
import { createStore } from '../../../src/store/store.ts'

// A server that gives less than it was asked for; the scripted one keeps its word.
let ps: { status: number; body: unknown }
let asked: number
let server: Server
let folder: string
let events: ModelEvent[]

beforeEach(async () => {
  asked = 0
  events = []
  folder = await mkdtemp(join(tmpdir(), 'local-brain-learn-'))
  server = createServer((_, response) => {
    asked += 1
    response.writeHead(ps.status, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify(ps.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const digest = 'cd'.repeat(32)
const request: ChatRequest = { messages: [{ role: 'user', content: 'x'.repeat(6000) }], tools: [], maxTokens: 10 }
const reply = (promptTokens: number, modelCalls = 1): Reply => ({
  message: { role: 'assistant', content: 'Fine.', toolCalls: [] },
  outcome: 'answer',
  usage: { promptTokens, outputTokens: 1, loadMs: 0, promptMs: 0, outputMs: 0, modelCalls },
  warnings: [],
})
const runner = (contextLength: number, sizeVram = 10) => ({
  status: 200,
  body: {
    models: [
      { name: 'm:latest', model: 'm:latest', digest, size: 10, size_vram: sizeVram, context_length: contextLength },
    ],
  },
})

function createLearning(remembered: Remembered = { server: '0.32.15' }) {
  const { port } = server.address() as AddressInfo
  const store = createStore(folder)
  const learning = createLearner({
    look: lookAt(createOllama({ url: `http://127.0.0.1:${port}` }), { name: 'm:latest', id: digest }),
    model: { name: 'm:latest', id: digest },
    numCtx: 8192,
    toolCalling: 'native',
    remembered,
    store,
  })
  return { learning, store }
}

function learner(replies: Reply[], remembered?: Remembered) {
  const { learning, store } = createLearning(remembered)
  const model = learning.watch(async () => replies.shift() ?? reply(0))
  const context = { signal: new AbortController().signal, emit: (event: ModelEvent) => void events.push(event) }
  return { model, store, ask: async () => model.chat(request, context) }
}

test('a window smaller than asked for is said, and is the one to budget with', async () => {
  ps = runner(4096)
  const { model, ask } = learner([])
  await ask()
  expect(model.window).toBe(4096)
  expect(events).toEqual([
    { type: 'warning', message: 'The server gives "m:latest" a window of 4096 tokens instead of 8192' },
  ])
})

test('the server is asked for its truth once in a run', async () => {
  ps = runner(8192)
  const { ask } = learner([])
  await ask()
  await ask()
  expect([asked, events]).toEqual([1, []])
})

test('a server that cannot say costs nothing', async () => {
  ps = { status: 500, body: { error: 'no' } }
  const { model, ask } = learner([])
  expect((await ask()).message.content).toBe('Fine.')
  expect(model.window).toBe(8192)
})

test('an abort after the answer takes nothing away', async () => {
  ps = runner(8192)
  const controller = new AbortController()
  server.prependListener('request', () => controller.abort())
  const { model } = learner([])
  const context = { signal: controller.signal, emit: () => undefined }
  expect((await model.chat(request, context)).message.content).toBe('Fine.')
  expect(controller.signal.aborted).toBe(true)
})

test('a model that spilled is remembered with its window, and forgotten when it fits again', async () => {
  ps = runner(8192, 5)
  const first = learner([])
  await first.ask()
  const remembered = await loadRemembered(first.store, digest, '0.32.15')
  expect(remembered.spilledAt).toBe(8192)
  ps = runner(8192)
  await learner([], remembered).ask()
  expect((await loadRemembered(first.store, digest, '0.32.15')).spilledAt).toBeUndefined()
})

test('counts over several requests teach nothing', async () => {
  ps = runner(8192)
  const { model, ask } = learner([reply(6000, 2)])
  await ask()
  expect(model.bytes(1000)).toBe(3000)
})

test('a digest that is none is no place to write to', async () => {
  const store = createStore(join(folder, 'state'))
  await remember(store, '../../escape', { server: '0.32.15' })
  expect(await readdir(folder)).toEqual([])
  expect(await loadRemembered(store, '../../escape', '0.32.15')).toEqual({})
})

test('how fast a model reads and writes is known to the next run, by what it had not read before', async () => {
  ps = runner(8192)
  const timed = (promptMs: number, outputMs: number): Reply => {
    const said = reply(2000)
    return { ...said, usage: { ...said.usage, outputTokens: 100, promptMs, outputMs } }
  }
  const { model, store, ask } = learner([timed(40_000, 10_000), timed(100_000, 10_000), timed(100, 10_000)])
  expect(model.speed).toBeUndefined()
  await ask()
  expect(model.speed).toEqual({ read: 50, written: 10 })
  await ask()
  expect(model.speed).toEqual({ read: 20, written: 10 })
  const messages = [...request.messages, { role: 'assistant' as const, content: 'a', toolCalls: [] }]
  await model.chat({ ...request, messages }, { signal: new AbortController().signal, emit: () => undefined })
  expect(model.speed).toEqual({ read: 20, written: 10 })
  expect(await loadRemembered(store, digest, '0.32.15')).toMatchObject({ read: 20, written: 10 })
})

test('a request that is given up after its first word leaves the window to be asked for by the next one', async () => {
  ps = runner(2048)
  const { learning } = createLearning()
  const given = new AbortController()
  const model = learning.watch(async (_, { signal, emit }) => {
    emit({ type: 'text', text: 'Fine' })
    if (signal === given.signal) given.abort()
    signal.throwIfAborted()
    return reply(0)
  })
  const emit = () => undefined
  await expect(model.chat(request, { signal: given.signal, emit })).rejects.toThrow('aborted')
  expect(model.window).toBe(8192)
  await model.chat(request, { signal: new AbortController().signal, emit })
  expect(model.window).toBe(2048)
})
