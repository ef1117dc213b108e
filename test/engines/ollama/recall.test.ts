import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  reply,
  type ScriptedOllama,
  type ScriptedOllamaOptions,
  startScriptedOllama,
} from '../../scripted-ollama/scripted-ollama.ts'
import type { ModelEvent } from '../../../src/core/model.ts'
import { chooseModel } from '../../../src/engines/choose.ts'
import { findEngine } from '../../../src/engines/find.ts'

let folder: string
let ollama: ScriptedOllama
let events: ModelEvent[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-brain-recall-'))
  events = []
  ollama = await start()
})

afterEach(async () => {
  await ollama.close()
  await rm(folder, { recursive: true })
})

const model = { name: 'qwen3:8b', size: 10, capabilities: ['completion', 'tools', 'thinking'] }

async function start(options: ScriptedOllamaOptions = {}): Promise<ScriptedOllama> {
  return startScriptedOllama({ models: [model], script: () => reply.text('Fine.'), ...options })
}

/** Another server, or the same one after something happened to it. */
async function restart(options: ScriptedOllamaOptions): Promise<void> {
  const port = Number(new URL(ollama.url).port)
  await ollama.close()
  ollama = await start({ ...options, port })
}

type Wish = {
  explicit?: string
  allowRemote?: boolean
  keepAlive?: string | number
  workBytes?: number
  window?: number
}

/** Opens a model as a run does and asks it once. Returns the paths that were asked for before the prompt went out. */
async function run({
  explicit,
  allowRemote = false,
  keepAlive,
  workBytes = 3000,
  window,
}: Wish = {}): Promise<string[]> {
  const from = ollama.log.length
  const { signal } = new AbortController()
  const context = { signal, emit: (event: ModelEvent) => void events.push(event) }
  const engine = await findEngine({ host: ollama.url, allowRemote, recall: true, paths: { state: folder } })
  try {
    const wish = { explicit, preferences: [], needsTools: true, allowRemote }
    const chosen = await chooseModel(engine, wish, signal)
    const options = { workBytes, needsTools: true, options: {}, keepAlive, window }
    const opened = await engine.open(chosen.model, options, context)
    await opened.chat({ messages: [{ role: 'user', content: 'Hello' }], tools: [], maxTokens: 100 }, context)
  } finally {
    engine.close()
  }
  const paths = ollama.log.slice(from).map(({ path }) => path)
  return paths.slice(0, paths.indexOf('/api/chat'))
}

const loading = () => events.filter(({ type }) => type === 'loading').length

describe('a second run with the same model', () => {
  test('asks the server for its models and for nothing else before the prompt goes out', async () => {
    expect((await run()).sort()).toEqual(['/api/ps', '/api/show', '/api/tags', '/api/version'])
    expect(await run()).toEqual(['/api/tags'])
    expect(await run()).toEqual(['/api/tags'])
    expect(ollama.requests.map((request) => request.model)).toEqual(Array(3).fill('qwen3:8b:local'))
    expect(ollama.requests[1]).toEqual(ollama.requests[0])
  })

  test('loads nothing again, and keeps the window that is in memory', async () => {
    await run({ workBytes: 30_000 })
    await run()
    expect(ollama.loads).toBe(1)
    expect(loading()).toBe(1)
  })

  test('notes until when it is kept only where that moved, and never a later time than is true', async () => {
    const noted = async () => {
      const [name = ''] = await readdir(join(folder, 'servers'))
      const { until } = JSON.parse(await readFile(join(folder, 'servers', name), 'utf8')) as { until: number }
      return until
    }
    await run({ keepAlive: '2m' })
    const first = await noted()
    await run({ keepAlive: '2m' })
    expect(await noted()).toBe(first)
    await run({ keepAlive: '3m' })
    expect(await noted()).toBeGreaterThan(first + 30_000)
    await run({ keepAlive: '170s' })
    expect(await noted()).toBeLessThan(Date.now() + 171_000)
  })

  test('takes the model that is in memory although a larger one is installed', async () => {
    await restart({ models: [model, { name: 'qwen3:14b', size: 20 }] })
    await run({ explicit: 'qwen3:8b' })
    expect(await run()).toEqual(['/api/tags'])
    expect(ollama.requests[1]?.model).toBe('qwen3:8b:local')
  })

  test('keeps the window that each of two servers has it in memory with', async () => {
    const [first, second] = [ollama, await start()]
    const ask = async (at: ScriptedOllama, window?: number) => {
      ollama = at
      await run({ explicit: 'qwen3:8b', window })
      ollama = first
    }
    await ask(first, 16_384)
    await ask(second, 4096)
    await ask(first)
    expect(first.loads).toBe(1)
    expect(first.requests.map(({ options }) => options?.['num_ctx'])).toEqual([16_384, 16_384])
    await second.close()
  })

  test('asks all of it about another model', async () => {
    const other = { name: 'llama3.1:8b', size: 10, loaded: 8192 }
    await restart({ models: [model, other] })
    await run({ explicit: 'qwen3:8b' })
    const asked = await run({ explicit: 'llama3.1:8b' })
    expect(asked.sort()).toEqual(['/api/ps', '/api/show', '/api/tags', '/api/version'])
    expect(ollama.requests[1]).toMatchObject({ model: 'llama3.1:8b:local', options: { num_ctx: 8192 } })
  })

  test.each([
    ['the model was not kept in memory', 0],
    ['it was kept for less than it took to ask', '1ms'],
  ])('asks all of it when %s', async (_, keepAlive) => {
    await run({ keepAlive })
    expect(await run()).toHaveLength(4)
  })

  test('asks all of it of an older server, for which the name alone proves nothing', async () => {
    await restart({ version: '0.17.5', strict: false })
    await run()
    expect(await run()).toHaveLength(4)
  })
})

describe('what happened to the model between two runs is noticed before a byte of the prompt is sent', () => {
  test('it was replaced: what is known of it is asked for anew', async () => {
    await run()
    await restart({ models: [{ ...model, digest: 'cd'.repeat(32) }] })
    expect((await run()).sort()).toEqual(['/api/ps', '/api/show', '/api/tags', '/api/version'])
  })

  test('it was deleted', async () => {
    await run()
    await restart({ models: [{ name: 'llama3.1:8b', size: 10 }] })
    await expect(run({ explicit: 'qwen3:8b' })).rejects.toMatchObject({ code: 'model-missing' })
    expect(ollama.requests).toEqual([])
  })

  test.each([
    ['under new weights', 'ef'.repeat(32)],
    ['under the weights of before, as far as the list says', undefined],
  ])('it runs elsewhere now, %s', async (_, digest) => {
    await run()
    const remote = { host: 'https://ollama.com:443', model: 'gpt-oss:120b' }
    await restart({ models: [{ ...model, remote, ...(digest !== undefined && { digest }) }] })
    await expect(run({ explicit: 'qwen3:8b' })).rejects.toMatchObject({ code: 'remote-refused' })
    expect(ollama.requests).toEqual([])
  })

  test('the server was updated: the next run but one knows', async () => {
    await run()
    await restart({ version: '0.99.0' })
    expect(await run()).toEqual(['/api/tags'])
    expect(await run()).toHaveLength(4)
    expect(await run()).toEqual(['/api/tags'])
  })

  test('an older server took its place: it never gets the prompt under a plain name, and the next run asks', async () => {
    await run()
    await restart({ version: '0.17.5', strict: false })
    await expect(run()).rejects.toMatchObject({ name: 'LocalBrainError' })
    expect(ollama.requests.map((request) => request.model)).not.toContain('qwen3:8b')
    expect(await run()).toHaveLength(4)
  })
})
