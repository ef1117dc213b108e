import { expect, test } from 'vitest'
import { hold, reply } from '../../../src/demo/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const fine = () => reply.json({ analysis: 'It returns what it was given.', findings: [] })
const functions = (count: number) =>
  Array.from({ length: count }, (_, at) => `export function f${at}(n: number) {\n  return n + ${at}\n}\n`).join('\n')

/** Reviews files one after the other, each time with a server that has nothing loaded. The person stays the same. */
async function reviewCold(files: Record<string, string>, ...args: string[]) {
  const { root } = repository(files)
  const env = { HOME: temporaryFolder().root }
  const servers = []
  for (const file of Object.keys(files)) {
    const server = await ollama(fine)
    const run = await localBrain(['-f', file, ...args], { cwd: root, host: server.url, env })
    expect(run.code).toBe(0)
    servers.push(server)
  }
  return servers.map((server) => ({
    loads: server.loads,
    cancelled: server.cancellations,
    chats: server.log
      .filter(({ path }) => path === '/api/chat')
      .map(({ body }) => body as { messages: unknown[]; options: { num_ctx: number } })
      .map(({ messages, options }) => ({ empty: messages.length === 0, window: options.num_ctx })),
  }))
}

test('a cold model is loaded while the work is gathered, with the window of its last run', async () => {
  const [first, second] = await reviewCold({ 'a.ts': functions(2), 'b.ts': functions(3) })
  expect(first?.chats).toEqual([{ empty: false, window: 8192 }])
  expect(second?.chats).toEqual([
    { empty: true, window: 8192 },
    { empty: false, window: 8192 },
  ])
  expect(second?.loads).toBe(1)
})

test('a window that was asked for needs no last run', async () => {
  const [only] = await reviewCold({ 'a.ts': functions(2) }, '--num-ctx', '6144')
  expect(only?.chats).toEqual([
    { empty: true, window: 6144 },
    { empty: false, window: 6144 },
  ])
})

test('a load that turns out too small is given up, so that the work need not wait for it', async () => {
  const { root, write } = repository({ 'a.ts': functions(2) })
  write('b.ts', functions(200))
  const env = { HOME: temporaryFolder().root }
  await localBrain(['-f', 'a.ts'], { cwd: root, host: (await ollama(fine)).url, env })
  const loading = hold()
  const server = await ollama(fine, { loading })
  const chats = () => server.log.filter(({ path }) => path === '/api/chat')
  const run = localBrain(['-f', 'b.ts'], { cwd: root, host: server.url, env })
  await expect.poll(() => chats().length).toBe(2)
  loading.release()
  expect((await run).code).toBe(0)
  const [guess, work] = chats()
  expect(guess).toMatchObject({ body: { messages: [], options: { num_ctx: 8192 } }, status: 0 })
  expect(work).toMatchObject({ body: { options: { num_ctx: 16_384 } }, status: 200 })
})
