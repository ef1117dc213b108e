import { afterEach, expect, test } from 'vitest'
import {
  reply,
  type ScriptedOllama,
  type ScriptedOllamaOptions,
  startScriptedOllama,
} from '../../src/demo/scripted-ollama.ts'

let server: ScriptedOllama
afterEach(async () => server.close())

async function start(options: ScriptedOllamaOptions): Promise<void> {
  server = await startScriptedOllama(options)
}

async function ask(extra: Record<string, unknown> = {}): Promise<Response> {
  const body = {
    model: 'scripted',
    messages: [{ role: 'user', content: 'What does main do?' }],
    stream: true,
    think: false,
    keep_alive: '10m',
    truncate: false,
    options: { num_ctx: 8192, num_predict: 512 },
    ...extra,
  }
  return fetch(`${server.url}/api/chat`, { method: 'POST', body: JSON.stringify(body) })
}

async function lines(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('a text reply streams one event per chunk and ends with the counts', async () => {
  await start({ script: [reply.text('It ', 'prints.')] })
  const events = await lines(await ask())
  expect(events).toMatchObject([
    { model: 'scripted', message: { role: 'assistant', content: 'It ' }, done: false },
    { message: { content: 'prints.' }, done: false },
    {
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 7,
      eval_count: 3,
    },
  ])
  expect(server.violations).toEqual([])
})
