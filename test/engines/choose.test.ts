import { describe, expect, test } from 'vitest'
import { type Choice, pickModel } from '../../src/engines/choose.ts'
import type { ModelInfo } from '../../src/engines/engine.ts'
import { parseHost } from '../../src/engines/host.ts'
import { createOllama } from '../../src/engines/ollama/engine.ts'
import { createStore } from '../../src/store/store.ts'

const GB = 1e9
const model = (name: string, more: Partial<ModelInfo> = {}): ModelInfo => ({
  name,
  id: name,
  bytes: 5 * GB,
  isLocal: true,
  capabilities: ['completion', 'tools'],
  ...more,
})
const engine = createOllama({ host: parseHost(), allowRemote: false, store: createStore('/nonexistent') })
const wish = (models: ModelInfo[], more: Partial<Choice> = {}): Choice => ({
  preferences: [],
  needsTools: true,
  allowRemote: false,
  engine,
  models,
  memory: 32 * GB,
  ...more,
})
const picked = (...args: Parameters<typeof wish>) => pickModel(wish(...args)).model.name
const loaded = (one: ModelInfo, spilled = false): ModelInfo => ({ ...one, loaded: { window: 8192, spilled } })

const qwen = model('qwen3:8b')
const llama = model('llama3.1:8b')
const coder = model('qwen2.5-coder:7b', { bytes: 15 * GB })
const embedding = model('nomic-embed-text:latest', { capabilities: ['embedding'] })
const cloud = model('gpt-oss:120b-cloud', { isLocal: false })
const stub = model('mine:latest', { isLocal: false })

describe('a model that was asked for', () => {
  test.each([
    ['by its full name', 'qwen3:8b', qwen],
    ['in other letters', 'Qwen3:8B', qwen],
    ['without its latest tag', 'qwen3.5', model('qwen3.5:latest')],
    ['from another place', 'hf.co/me/x', model('hf.co/me/x:latest')],
    ['as local', 'qwen3:8b:local', qwen],
  ])('is taken %s', (_, explicit, installed) => {
    const choice = pickModel(
      wish([llama, installed], { explicit, preferences: ['llama3.1:8b'], configured: 'llama3.1:8b' }),
    )
    expect(choice).toEqual({ model: installed, reason: 'asked for' })
  })

  test('and is not installed is an error with close names and the command that pulls it', () => {
    expect(() => picked([qwen, llama, embedding, cloud], { explicit: 'qwen3:9b' })).toThrow(
      expect.objectContaining({
        code: 'model-missing',
        message: 'Model "qwen3:9b" is not installed',
        hint: 'did you mean qwen3:8b? or: ollama pull qwen3:9b',
      }),
    )
  })

  test('and is only a family is not guessed, but its tags are named', () => {
    expect(() => picked([qwen], { explicit: 'qwen3' })).toThrow(
      expect.objectContaining({ code: 'model-missing', hint: expect.stringContaining('did you mean qwen3:8b?') }),
    )
  })

  test('and makes embeddings is an error', () => {
    expect(() => picked([embedding], { explicit: 'nomic-embed-text' })).toThrow(/makes embeddings and cannot chat/)
  })

  test.each(['gpt-oss:120b-cloud', 'glm-4.7:cloud', 'mine'])('and runs elsewhere is refused: %s', (explicit) => {
    expect(() => picked([cloud, stub], { explicit })).toThrow(expect.objectContaining({ code: 'remote-refused' }))
  })

  test('and runs elsewhere is taken when that is allowed, pulled or not', () => {
    expect(picked([stub], { explicit: 'mine', allowRemote: true })).toBe('mine:latest')
    expect(picked([], { explicit: 'glm-4.7:cloud', allowRemote: true })).toBe('glm-4.7:cloud')
  })
})

describe('the skill’s list', () => {
  test('gives the first one that is installed', () => {
    const choice = pickModel(
      wish([llama, qwen], { preferences: ['qwen3.5', 'qwen3:8b', 'llama3.1:8b'], configured: 'llama3.1:8b' }),
    )
    expect(choice).toEqual({ model: qwen, reason: 'the skill\'s choice "qwen3:8b"' })
  })

  test('takes any tag of a family, the larger one first', () => {
    expect(picked([llama, qwen, model('qwen3:14b', { bytes: 9 * GB })], { preferences: ['qwen3'] })).toBe('qwen3:14b')
  })

  test('never gives a model that runs elsewhere or cannot chat', () => {
    expect(picked([stub, embedding, llama], { preferences: ['mine', 'nomic-embed-text', 'gpt-oss:120b-cloud'] })).toBe(
      'llama3.1:8b',
    )
  })

  test('gives way to the configuration when nothing of it is installed', () => {
    const choice = pickModel(wish([llama, qwen], { preferences: ['gemma4'], configured: 'llama3.1:8b' }))
    expect(choice).toEqual({ model: llama, reason: 'set in the configuration' })
  })
})

describe('without a wish', () => {
  test.each<[string, ModelInfo[], Partial<Choice>, string]>([
    ['a family that is good with tools', [coder, llama, qwen], {}, 'qwen3:8b'],
    ['one that fits in memory', [model('qwen3:30b', { bytes: 18 * GB }), qwen], { memory: 16 * GB }, 'qwen3:8b'],
    ['the larger of two that fit', [model('qwen3:30b', { bytes: 18 * GB }), qwen], {}, 'qwen3:30b'],
    ['the one that is loaded, of two that are as good', [model('qwen3:30b'), loaded(qwen)], {}, 'qwen3:8b'],
    ['not one that is loaded but does not fit', [llama, loaded(qwen, true)], {}, 'llama3.1:8b'],
    [
      'the smallest, when none fits',
      [model('qwen3:30b', { bytes: 18 * GB }), coder],
      { memory: 4 * GB },
      'qwen2.5-coder:7b',
    ],
    ['not one too small for several tools', [model('qwen3.5:2b', { parameterSize: '2.3B' }), llama], {}, 'llama3.1:8b'],
    [
      'an unknown family rather than one known to fail',
      [model('deepseek-r1:8b'), model('newcomer:8b')],
      {},
      'newcomer:8b',
    ],
    [
      'whatever there is',
      [model('smollm2:135m', { parameterSize: '135M', capabilities: undefined }), embedding],
      {},
      'smollm2:135m',
    ],
    [
      'a family from another place',
      [llama, model('hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M')],
      {},
      'hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M',
    ],
  ])('it is %s', (_, installed, more, name) => {
    expect(picked(installed, more)).toBe(name)
  })

  test.each([
    ['embedding', embedding],
    ['embedding of a server that lists no capabilities', model('bge-m3:latest', { capabilities: undefined })],
    ['cloud', cloud],
    ['a stub', stub],
    ['a tag called local', model('qwen3:local', { isLocal: false })],
  ])('it is never one that is no use: %s', (_, useless) => {
    expect(picked([useless, coder])).toBe('qwen2.5-coder:7b')
    expect(() => picked([useless])).toThrow(/No installed model can chat on this machine/)
  })

  test('it does not hang on the order in which the server lists them', () => {
    const installed = [coder, llama, qwen, model('qwen3:4b', { bytes: 2.6 * GB }), model('gemma4:e4b')]
    expect(picked([...installed].reverse())).toBe(picked(installed))
  })

  test('and without models it is an error that leads to the set-up', () => {
    const missing = { code: 'model-missing', message: 'No model is installed', hint: 'local-brain setup' }
    expect(() => picked([])).toThrow(expect.objectContaining(missing))
  })

  test.each<[ModelInfo[], Partial<Choice>, string]>([
    [[qwen], {}, 'the only installed model that can chat'],
    [[qwen, llama], {}, 'good with tools'],
    [[loaded(qwen), llama], {}, 'good with tools and already loaded'],
    [[qwen, llama], { memory: 2 * GB }, 'the smallest one, since none fits in memory'],
    [[coder, model('codellama:7b')], {}, 'weak with tools, but the best that fits'],
  ])('it says why (%#)', (installed, more, reason) => {
    expect(pickModel(wish(installed, more)).reason).toBe(reason)
  })
})

test.each([
  ['a slip', 'qwen3.5:lates', 'did you mean qwen3.5:latest or qwen3:8b? or: ollama pull qwen3.5:lates'],
  ['another tag', 'qwen3:4b', 'did you mean qwen3:8b? or: ollama pull qwen3:4b'],
  ['a family of which only the letters differ', 'lama3.1', 'did you mean llama3.1:8b? or: ollama pull lama3.1'],
  ['nothing at all alike', 'zephyr', 'ollama pull zephyr'],
])('close names: %s', (_, explicit, hint) => {
  const installed = ['llama3.1:8b', 'qwen3.5:latest', 'qwen3:8b'].map((name) => model(name))
  expect(() => picked(installed, { explicit })).toThrow(expect.objectContaining({ hint }))
})
