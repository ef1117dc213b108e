import { request } from 'node:http'
import { expect, test } from 'vitest'
import { hold, reply, type ScriptedOllama } from './scripted-ollama.ts'
import { chat, chatBody, errorOf, events, getJson } from './ask.ts'
import { serve } from './serve.ts'

const script = () => reply.text('x')

async function loaded(server: ScriptedOllama): Promise<unknown[]> {
  return (await getJson(server, '/api/ps')).models as unknown[]
}

test('the first request loads the model and is charged for it; the next finds it there', async () => {
  const server = await serve({ script })
  const durations = []
  for (const _ of [1, 2]) durations.push(events(await chat(server)).at(-1)?.load_duration)
  expect(server.loads).toBe(1)
  expect(durations[0]).toBeGreaterThan(1e9)
  expect(durations[1]).toBeLessThan(1e8)
})

test('another num_ctx loads the model again, the clamped same one does not', async () => {
  const server = await serve({ models: [{ name: 'scripted', contextLength: 8192 }], script })
  const loads = []
  for (const num_ctx of [4096, 8192, 100_000, 8192, 4096]) {
    await chat(server, { options: { num_ctx, num_predict: 9 } })
    loads.push(server.loads)
  }
  expect(loads).toEqual([1, 2, 2, 2, 3])
})

test('ps shows the window that was really allocated and what lies on the GPU', async () => {
  const server = await serve({
    models: [{ name: 'scripted', contextLength: 8192, size: 5000, sizeVram: 3000 }],
    script,
  })
  expect(await loaded(server)).toEqual([])
  await chat(server, { options: { num_ctx: 100_000, num_predict: 9 } })
  expect(await loaded(server)).toMatchObject([
    { name: 'scripted:latest', model: 'scripted:latest', size: 5000, size_vram: 3000, context_length: 8192 },
  ])
})

test('without num_ctx the Modelfile decides, then the default of the server', async () => {
  const models = [{ name: 'own', numCtx: 6000 }, { name: 'plain' }]
  const server = await serve({ models, script, strict: false, defaultNumCtx: 5000 })
  for (const model of ['plain', 'own'])
    await chat(server, { model, options: {}, keep_alive: model === 'own' ? '2h' : '1h' })
  expect(await loaded(server)).toMatchObject([{ context_length: 6000 }, { context_length: 5000 }])
})

test('a window of zero becomes one of four tokens', async () => {
  const server = await serve({ script, strict: false })
  await chat(server, { options: { num_ctx: 0 }, truncate: true })
  expect(await loaded(server)).toMatchObject([{ context_length: 4 }])
})

test('shift is part of what is loaded', async () => {
  const server = await serve({ script, strict: false })
  await chat(server)
  await chat(server, { shift: false })
  expect(server.loads).toBe(2)
})

test('a request without messages loads, one with keep_alive 0 unloads, and neither is in the requests', async () => {
  const server = await serve()
  const load = events(await chat(server, { messages: [] }))
  expect(load).toMatchObject([{ message: { role: 'assistant', content: '' }, done: true, done_reason: 'load' }])
  expect(await loaded(server)).toHaveLength(1)
  const unload = events(await chat(server, { messages: [], keep_alive: 0 }))
  expect(unload).toMatchObject([{ done: true, done_reason: 'unload' }])
  expect(await loaded(server)).toEqual([])
  expect(server.requests).toEqual([])
})

test('a model goes after a reply with keep_alive 0', async () => {
  const server = await serve({ script })
  await chat(server, { keep_alive: 0 })
  expect(await loaded(server)).toEqual([])
})

test('a negative keep_alive is for ever, a duration is as long as it says', async () => {
  const server = await serve({ script })
  const expiries = []
  for (const keep_alive of [-1, '1h30m']) {
    await chat(server, { keep_alive })
    const [model] = (await loaded(server)) as [{ expires_at: string }]
    expiries.push(Date.parse(model.expires_at) - Date.now())
  }
  expect(expiries[0]).toBeGreaterThan(1e12)
  expect(expiries[1]).toBeGreaterThan(89 * 60_000)
  expect(expiries[1]).toBeLessThan(91 * 60_000)
})

test('a model can be there from the start, and that is no load', async () => {
  const server = await serve({ models: [{ name: 'scripted', loaded: 8192 }], script })
  expect(await loaded(server)).toMatchObject([{ context_length: 8192 }])
  await chat(server)
  expect(server.loads).toBe(0)
})

/** Sends a chat, waits for the hold, leaves, and waits until the server has noticed. */
async function leaveAt(server: ScriptedOllama, reached: Promise<void>): Promise<void> {
  const sent = request(`${server.url}/api/chat`, { method: 'POST', agent: false })
  sent.on('error', () => {})
  sent.end(JSON.stringify(chatBody()))
  await reached
  sent.destroy()
  while (server.cancellations === 0) await fetch(`${server.url}/api/version`)
}

test('a client that leaves while the model loads aborts the load', async () => {
  const loading = hold()
  const server = await serve({ loading, script })
  await leaveAt(server, loading.reached)
  expect(await loaded(server)).toEqual([])
  loading.release()
  await chat(server)
  expect([server.loads, server.cancellations]).toEqual([2, 1])
})

test('a client that leaves mid-stream is recorded, and the next one is served', async () => {
  const middle = hold()
  const server = await serve({ script: [reply.text('a', middle, 'b'), reply.text('next')] })
  await leaveAt(server, middle.reached)
  expect(events(await chat(server))[0]?.message?.content).toBe('next')
  expect([server.loads, server.cancellations]).toEqual([1, 1])
})

test('a silent reply lasts until the client leaves', async () => {
  const server = await serve({ script: [reply.silent(), reply.text('next')] })
  const controller = new AbortController()
  const asked = fetch(`${server.url}/api/chat`, {
    method: 'POST',
    body: JSON.stringify(chatBody()),
    signal: controller.signal,
  })
  while (server.loads === 0) await fetch(`${server.url}/api/version`)
  controller.abort()
  await expect(asked).rejects.toThrow('aborted')
  expect(events(await chat(server))[0]?.message?.content).toBe('next')
})

test('requests to one model wait for each other, and one that leaves the line takes no reply', async () => {
  const first = hold()
  const asked: number[] = []
  const server = await serve({
    script: (_, { index }) => {
      asked.push(index)
      return index === 0 ? reply.text(first, '0') : reply.text(String(index))
    },
  })
  const one = chat(server)
  await first.reached
  await leaveAt(server, arrivals(server, 2))
  const two = chat(server)
  await arrivals(server, 3)
  expect(asked).toEqual([0])
  first.release()
  expect((await Promise.all([one, two])).map((answer) => events(answer)[0]?.message?.content)).toEqual(['0', '1'])
})

test('a server for several at a time answers them at once', async () => {
  const first = hold()
  const server = await serve({
    parallel: 2,
    script: (_, { index }) => (index === 0 ? reply.text(first) : reply.text('1')),
  })
  const one = chat(server)
  await first.reached
  expect(events(await chat(server))[0]?.message?.content).toBe('1')
  first.release()
  expect((await one).status).toBe(200)
  expect(server.maxAtOnce).toBe(2)
})

/** Settles when so many requests wait for a reply or have one. */
async function arrivals(server: ScriptedOllama, count: number): Promise<void> {
  while (server.maxAtOnce < count) await fetch(`${server.url}/api/version`)
}

test('a model that is still loading is loaded once for two requests', async () => {
  const loading = hold()
  const server = await serve({ loading, script })
  const both = [chat(server), chat(server)]
  await loading.reached
  while (server.requests.length < 2) await fetch(`${server.url}/api/version`)
  loading.release()
  expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200])
  expect(server.loads).toBe(1)
})

test('two names of the same weights share one load, under the name that made it', async () => {
  const models = [
    { name: 'one', weights: 'w' },
    { name: 'two', weights: 'w' },
  ]
  const server = await serve({ models, script })
  await chat(server, { model: 'one' })
  await chat(server, { model: 'two' })
  expect(server.loads).toBe(1)
  expect(await loaded(server)).toMatchObject([{ name: 'one:latest' }])
  await chat(server, { model: 'two', messages: [], keep_alive: 0 })
  expect(await loaded(server)).toEqual([])
})

test('an option of the wrong type is an error of the server', async () => {
  const server = await serve()
  const answer = await chat(server, { options: { num_ctx: 'x', num_predict: 1 } })
  expect(errorOf(answer)).toEqual([500, 'option "num_ctx" must be of type integer'])
})
