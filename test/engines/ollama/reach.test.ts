import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseHost } from '../../../src/engines/host.ts'
import { takeInventory } from '../../../src/engines/inventory.ts'
import { createOllama } from '../../../src/engines/ollama/engine.ts'
import { createServer } from '../../../src/engines/ollama/server.ts'
import { findLoaded, prove } from '../../../src/engines/ollama/reach.ts'
import { createStore } from '../../../src/store/store.ts'
import { serveHttp, type TestServer } from '../http-server.ts'

// Servers whose list of models does not say what /api/show says, which the scripted one never is.
let server: TestServer
let folder: string
/** What `/api/show` answers for a name: a status and a body. */
let shows: Record<string, [number, Record<string, unknown>]>
let asked: string[]

const tags = {
  models: ['mine:latest', 'other:8b'].map((name) => ({ name, model: name, size: 5, digest: 'ab'.repeat(32) })),
}
const { signal } = new AbortController()

beforeEach(async () => {
  asked = []
  folder = await mkdtemp(join(tmpdir(), 'local-brain-reach-'))
  server = await serveHttp((request, response, body) => {
    const answers: Record<string, [number, unknown]> = {
      '/api/version': [200, { version: '0.32.15' }],
      '/api/tags': [200, tags],
      '/api/ps': [200, { models: [] }],
    }
    const name = request.url === '/api/show' ? (JSON.parse(body) as { model: string }).model : ''
    if (name !== '') asked.push(name)
    const missing: [number, unknown] = [404, { error: `model '${name}' not found` }]
    const [status, answer] = answers[request.url ?? ''] ?? shows[name] ?? missing
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify(answer))
  })
})

afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const proof = async (name: string, version: string, allowRemote = false) =>
  prove(
    { name, id: '', bytes: 5, isLocal: true },
    { server: createServer({ url: server.url }), version },
    allowRemote,
    signal,
  )

const local: [number, Record<string, unknown>] = [200, { capabilities: ['completion'] }]
const stub: [number, Record<string, unknown>] = [
  200,
  { remote_host: 'https://ollama.com:443', remote_model: 'gpt-oss:120b' },
]

describe('a model is proven local', () => {
  test('by the server’s own word, on one that knows :local', async () => {
    shows = { 'mine:local': local }
    expect((await proof('mine', '0.32.15')).sentAs).toBe('mine:local')
  })

  test('by a build of unknown age that turns out to know :local', async () => {
    shows = { 'mine:local': local }
    expect((await proof('mine', '0.0.0')).sentAs).toBe('mine:local')
  })

  test.each<[string, [number, Record<string, unknown>]]>([
    ['a missing tag', [404, { error: "model 'mine:8b:local' not found" }]],
    ['an invalid name', [400, { error: 'invalid model name' }]],
  ])('by what it shows, on a build of unknown age that takes :local for %s', async (_, answer) => {
    shows = { 'mine:8b:local': answer, 'mine:8b': local }
    expect((await proof('mine:8b', '0.0.0')).sentAs).toBe('mine:8b')
  })
})

describe('a stub that the list did not give away is refused', () => {
  test.each(['0.17.5', '0.0.0'])('by its remote host, on a server %s', async (version) => {
    shows = { mine: stub }
    await expect(proof('mine', version)).rejects.toMatchObject({
      code: 'remote-refused',
      message: 'Model "mine" runs at https://ollama.com:443, so the prompt would leave this machine',
    })
  })

  test('by the 404 of a server that knows :local', async () => {
    shows = { mine: stub }
    await expect(proof('mine', '0.32.15')).rejects.toMatchObject({ code: 'remote-refused' })
    expect(asked).toEqual(['mine:local'])
  })

  test('unless it was allowed', async () => {
    shows = { mine: stub }
    expect(await proof('mine', '0.32.15', true)).toMatchObject({ sentAs: 'mine', shown: { isRemote: true } })
  })

  test('and is listed as not local, while a broken model hides none of the others', async () => {
    shows = { 'other:8b:local': [500, { error: 'no such blob' }] }
    const access = { host: parseHost(server.url), allowRemote: false, store: createStore(folder) }
    const { rows } = await takeInventory(createOllama(access), signal)
    expect(rows.map(({ name, isLocal }) => [name, isLocal])).toEqual([
      ['mine:latest', false],
      ['other:8b', true],
    ])
  })
})

const loaded = { name: 'm', digest: 'd', size: 10, sizeVram: 10, contextLength: 4096 }

describe('the runner of a model', () => {
  test('is found by its weights, whatever name it was loaded under', () => {
    const other = { ...loaded, name: 'copy' }
    expect(findLoaded([other], 'm', 'd')).toBe(other)
  })

  test('is found by name where the server gives no digest', () => {
    const runner = { ...loaded, digest: '' }
    expect(findLoaded([runner], 'm', '')).toBe(runner)
    expect(findLoaded([runner], 'other', '')).toBeUndefined()
  })
})
