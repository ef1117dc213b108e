import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  reply,
  type ScriptedOllama,
  type ScriptedOllamaOptions,
  startScriptedOllama,
} from '../../scripted-ollama/scripted-ollama.ts'
import { chooseModel } from '../../../src/engines/choose.ts'
import { createOllama } from '../../../src/engines/ollama/engine.ts'
import { type Host, parseHost } from '../../../src/engines/host.ts'
import type { ChatRequest, ModelEvent, ToolSpec } from '../../../src/core/model.ts'
import { createStore } from '../../../src/store/store.ts'

let folder: string
let ollama: ScriptedOllama | undefined
let events: ModelEvent[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-brain-connect-'))
  events = []
})

afterEach(async () => {
  await ollama?.close()
  ollama = undefined
  await rm(folder, { recursive: true })
})

async function start(options: ScriptedOllamaOptions = {}): Promise<ScriptedOllama> {
  await ollama?.close()
  const { models = [{ name: 'qwen3:8b' }], ...more } = options
  // Small enough for any machine that these tests run on.
  ollama = await startScriptedOllama({ models: models.map((model) => ({ size: 10, ...model })), ...more })
  return ollama
}

function context() {
  return { signal: new AbortController().signal, emit: (event: ModelEvent) => void events.push(event) }
}

type Wish = {
  host?: Host
  explicit?: string
  preferences?: string[]
  allowRemote?: boolean
  needsTools?: boolean
  window?: number
  workBytes?: number
}

/** A model as a run would get it. */
async function opened(wish: Wish = {}) {
  const { host = parseHost(ollama?.url), allowRemote = false, needsTools = true, workBytes = 3000, window } = wish
  const { explicit, preferences = [] } = wish
  const engine = createOllama({ host, allowRemote, store: createStore(folder) })
  const { signal } = context()
  const { model } = await chooseModel(engine, { explicit, preferences, needsTools, allowRemote }, signal)
  return engine.open(model, { workBytes, needsTools, window, options: {} }, context())
}

const readFile: ToolSpec = {
  name: 'read_file',
  description: 'Lines of a file',
  parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
}
const request = (more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [
    { role: 'system', content: 'You review code.' },
    { role: 'user', content: 'Review a.ts' },
  ],
  tools: [readFile],
  maxTokens: 200,
  ...more,
})
const paths = (server: ScriptedOllama) => server.log.map(({ path }) => path)
const warnings = () => events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))

describe('before the first byte of a prompt', () => {
  test('four questions are asked, and none of them carries anything but a name', async () => {
    const server = await start()
    await opened()
    expect(paths(server).slice(0, 3).sort()).toEqual(['/api/ps', '/api/tags', '/api/version'])
    expect(server.log.slice(3)).toMatchObject([{ path: '/api/show', body: { model: 'qwen3:8b:local' } }])
  })

  test('another machine is refused without a word to it', async () => {
    const elsewhere = opened({ host: parseHost('http://192.0.2.1:11434') })
    await expect(elsewhere).rejects.toMatchObject({ code: 'remote-refused' })
  })

  test('a cloud name is refused without a word to anyone', async () => {
    const server = await start()
    await expect(opened({ explicit: 'glm-4.7:cloud' })).rejects.toMatchObject({ code: 'remote-refused' })
    expect(server.log).toEqual([])
  })

  test('a harmless name that hides a model elsewhere is refused', async () => {
    const server = await start({
      models: [{ name: 'mine', remote: { host: 'https://ollama.com:443', model: 'gpt-oss:120b' } }],
    })
    await expect(opened({ explicit: 'mine' })).rejects.toMatchObject({
      code: 'remote-refused',
      message: 'Model "mine" runs at https://ollama.com:443, so the prompt would leave this machine',
    })
    expect(server.requests).toEqual([])
  })

  test('a cloud model that was allowed is used by its own name, and the server is not asked about it', async () => {
    const stub = { name: 'gpt-oss:120b-cloud', remote: { host: 'https://ollama.com:443', model: 'gpt-oss:120b' } }
    const server = await start({ models: [stub], script: [reply.text('Fine.')], strict: false })
    const model = await opened({ explicit: 'gpt-oss:120b-cloud', allowRemote: true })
    await model.chat(request(), context())
    expect(paths(server)).not.toContain('/api/show')
    expect(server.requests[0]?.model).toBe('gpt-oss:120b-cloud')
  })

  test('a missing model is an error that names what is near', async () => {
    await start()
    await expect(opened({ explicit: 'qwen3:9b' })).rejects.toMatchObject({
      code: 'model-missing',
      hint: 'did you mean qwen3:8b? or: ollama pull qwen3:9b',
    })
  })

  test('a model that turns out to make embeddings only is refused', async () => {
    await start({ models: [{ name: 'vectors', capabilities: ['embedding'] }] })
    await expect(opened({ preferences: ['vectors'] })).rejects.toMatchObject({ code: 'model-missing' })
  })

  test('no server at all is an error that says how to start one', async () => {
    const server = await start()
    const host = parseHost(server.url)
    await server.close()
    await expect(opened({ host })).rejects.toMatchObject({ code: 'unreachable' })
  })
})

describe('the name that is sent', () => {
  test.each([
    ['0.17.6', 'qwen3:8b:local'],
    ['0.17.5', 'qwen3:8b'],
    ['0.0.0', 'qwen3:8b'],
  ])('by a server %s is run as %s', async (version, sent) => {
    const server = await start({ version, script: [reply.text('Fine.')] })
    const model = await opened()
    await model.chat(request(), context())
    expect(server.requests[0]?.model).toBe(sent)
    expect(model.name).toBe('qwen3:8b')
  })
})

describe('the window', () => {
  test('is one and the same in every request, so that the model is loaded once', async () => {
    const server = await start({ script: [reply.text('One.'), reply.text('Two.'), reply.text('Three.')] })
    const model = await opened()
    for (let turn = 0; turn < 3; turn += 1) await model.chat(request(), context())
    expect(server.requests.map(({ options }) => options?.num_ctx)).toEqual([8192, 8192, 8192])
    expect(model.window).toBe(8192)
    expect(server.loads).toBe(1)
    expect(server.violations).toEqual([])
  })

  test('is the one that is loaded already, when that is enough', async () => {
    const server = await start({ models: [{ name: 'qwen3:8b', loaded: 10_000 }], script: [reply.text('Fine.')] })
    const model = await opened()
    await model.chat(request(), context())
    expect(model.window).toBe(10_000)
    expect(server.loads).toBe(0)
  })

  test('is the one asked for, cut to what the model was trained for, with a word about it', async () => {
    await start({ models: [{ name: 'qwen3:8b', contextLength: 16_384 }] })
    const model = await opened({ window: 60_000 })
    expect(model.window).toBe(16_384)
    expect(warnings()).toEqual(['The window is 16384 tokens instead of 60000: the model was trained for 16384'])
  })

  test('is smaller in the next run when the model did not fit on the card with it', async () => {
    const large = { name: 'qwen3:8b', size: 10, sizeVram: 5 }
    await start({ models: [large], script: [reply.text('Fine.')] })
    const first = await opened({ workBytes: 30_000 })
    await first.chat(request(), context())
    await start({ models: [large] })
    const second = await opened({ workBytes: 30_000 })
    expect([first.window, second.window]).toEqual([16_384, 8192])
  })
})

describe('tool calling', () => {
  const call = '<tool_call>{"name":"read_file","arguments":{"path":"a.ts"}}</tool_call>'

  test('is native with a model that has it', async () => {
    const server = await start({ script: [reply.calls({ name: 'read_file', arguments: { path: 'a.ts' } })] })
    const model = await opened()
    const { outcome, message } = await model.chat(request(), context())
    expect([outcome, model.toolCalling]).toEqual(['tools', 'native'])
    expect(message.toolCalls).toMatchObject([{ name: 'read_file', recovered: false }])
    expect(server.requests[0]?.tools).toHaveLength(1)
  })

  test('is none in a run without tools', async () => {
    await start()
    expect((await opened({ needsTools: false })).toolCalling).toBe('none')
  })

  test('stands in the prompt for a model without it, from the first request on', async () => {
    const server = await start({
      models: [{ name: 'gemma3:4b', capabilities: ['completion'] }],
      script: [reply.text(call), reply.text('All good.')],
    })
    const model = await opened()
    const first = await model.chat(request(), context())
    const result = {
      role: 'tool' as const,
      toolCallId: first.message.toolCalls[0]?.id ?? '',
      toolName: 'read_file',
      content: '1 a',
    }
    const last = await model.chat(
      request({ messages: [...request().messages, first.message, result], tools: [] }),
      context(),
    )
    expect([first.outcome, last.outcome, last.message.content]).toEqual(['tools', 'answer', 'All good.'])
    expect(model.toolCalling).toBe('prompted')
    const [one, two] = server.requests
    expect(one?.tools ?? []).toEqual([])
    expect(one?.messages[0]?.content).toContain('- read_file: Lines of a file')
    expect(two?.messages.slice(0, 2)).toEqual(one?.messages)
    expect(server.violations).toEqual([])
  })

  test.each([
    ['{{ .Tools }}', 'native'],
    ['{{ .Prompt }}', 'prompted'],
  ])('on a server too old to list capabilities is read off the template: %s', async (template, toolCalling) => {
    await start({ models: [{ name: 'old', capabilities: [], template }] })
    expect((await opened()).toolCalling).toBe(toolCalling)
  })

  test('that had to be recovered is remembered for the next run, until the server changes', async () => {
    await start({ script: [reply.text(call)] })
    const first = await opened()
    await first.chat(request(), context())
    expect(first.toolCalling).toBe('recovered')
    await start()
    expect((await opened()).toolCalling).toBe('recovered')
    await start({ version: '0.40.0' })
    expect((await opened()).toolCalling).toBe('native')
  })
})

test('the characters of a token are learnt from the server’s count, and remembered', async () => {
  const text = { role: 'user' as const, content: 'x'.repeat(6000) }
  await start({ bytesPerToken: 2, script: [reply.text('Fine.')] })
  const first = await opened()
  expect(first.bytes(1000)).toBe(3000)
  await first.chat(request({ messages: [text], tools: [] }), context())
  expect(first.bytes(1000) / 1000).toBeCloseTo(2, 1)
  await start()
  expect((await opened()).bytes(1000) / 1000).toBeCloseTo(2.5, 1)
})
