import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ScriptedOllama, startScriptedOllama } from '../scripted-ollama/scripted-ollama.ts'
import { parseHost } from '../../src/engines/host.ts'
import { takeInventory, wouldPick } from '../../src/engines/inventory.ts'
import type { EngineAccess, Engine } from '../../src/engines/engine.ts'
import { createOllama } from '../../src/engines/ollama/engine.ts'
import { remember } from '../../src/engines/chat/remembered.ts'
import { createStore } from '../../src/store/store.ts'

let folder: string
let ollama: ScriptedOllama
let access: EngineAccess
let engine: Engine
const { signal } = new AbortController()

const digest = 'ab'.repeat(32)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-brain-inventory-'))
  ollama = await startScriptedOllama({
    models: [
      {
        name: 'qwen3:8b',
        capabilities: ['completion', 'tools', 'thinking'],
        contextLength: 40_960,
        loaded: 8192,
        size: 5_000_000,
      },
      { name: 'qwen2.5-coder:7b', digest },
      { name: 'jinja', calls: 'native' },
      { name: 'gemma3:4b', capabilities: ['completion'] },
      { name: 'nomic-embed-text', capabilities: ['embedding'] },
      { name: 'gpt-oss:120b-cloud', remote: { host: 'https://ollama.com:443', model: 'gpt-oss:120b' } },
      { name: 'mine', remote: { host: 'https://ollama.com:443', model: 'gpt-oss:120b' } },
    ],
  })
  access = { host: parseHost(ollama.url), allowRemote: false, store: createStore(folder) }
  engine = createOllama(access)
})

afterEach(async () => {
  await ollama.close()
  await rm(folder, { recursive: true })
})

test('every installed model is listed with what it can do', async () => {
  await remember(access.store, digest, { toolCalling: 'recovered', server: '0.32.15' })
  const { rows, version } = await takeInventory(engine, signal)
  expect([version, engine.url]).toEqual(['0.32.15', ollama.url])
  expect(
    rows.map(({ name, toolCalling, canThink, isLocal, canChat }) => [name, toolCalling, canThink, isLocal, canChat]),
  ).toEqual([
    ['qwen3:8b', 'native', true, true, true],
    ['qwen2.5-coder:7b', 'recovered', false, true, true],
    // The list of the server under-reports this one.
    ['jinja:latest', 'native', false, true, true],
    ['gemma3:4b', 'prompted', false, true, true],
    ['nomic-embed-text:latest', 'none', false, true, false],
    ['gpt-oss:120b-cloud', 'native', false, false, true],
    ['mine:latest', 'native', false, false, true],
  ])
  expect(rows[0]).toMatchObject({ bytes: 5_000_000, trainedWindow: 40_960, loaded: { window: 8192 } })
  expect(rows[1]?.loaded).toBeUndefined()
})

test('nothing is asked about a model that runs elsewhere', async () => {
  await takeInventory(engine, signal)
  const asked = ollama.log.filter(({ path }) => path === '/api/show').map(({ body }) => JSON.stringify(body))
  expect(asked).toHaveLength(5)
  expect(asked.filter((body) => /cloud|mine/.test(body))).toEqual([])
})

describe('which model a skill would get', () => {
  test.each([
    [
      'its own choice',
      { preferences: ['gemma3'], needsTools: true },
      { model: 'gemma3:4b', reason: 'the skill\'s choice "gemma3"' },
    ],
    [
      'the best',
      { preferences: [], needsTools: true },
      { model: 'qwen3:8b', reason: 'good with tools and already loaded' },
    ],
    [
      'none',
      { explicit: 'mine', preferences: [], needsTools: true },
      { reason: expect.stringContaining('runs at https://ollama.com') },
    ],
  ])('%s', async (_, wish, wanted) => {
    expect(wouldPick(await takeInventory(engine, signal), { ...wish, allowRemote: false })).toEqual(wanted)
  })
})
