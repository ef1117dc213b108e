import { EventEmitter, once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import {
  hold,
  reply,
  startScriptedOllama,
  type ScriptedModel,
  type ScriptedOllama,
  type ScriptSource,
} from '../../scripted-ollama/scripted-ollama.ts'
import type { ChatRequest, Message, ModelEvent, Reply, ToolCalling, ToolSpec } from '../../../src/core/model.ts'
import { createServer, type OllamaServer } from '../../../src/engines/ollama/server.ts'
import { createWire, type WireSettings } from '../../../src/engines/ollama/wire.ts'
import { createChat, type ChatSettings } from '../../../src/engines/chat/persist.ts'
import { createPrompted } from '../../../src/engines/dialect/prompted.ts'
import type { Budgets } from '../../../src/engines/http/link.ts'

let scripted: ScriptedOllama
let server: OllamaServer
let events: ModelEvent[] = []
const heard = new EventEmitter()
let toolCalling: ToolCalling = 'native'

afterEach(async () => {
  server.close()
  await scripted.close()
  events = []
  toolCalling = 'native'
})

const readFile: ToolSpec = {
  name: 'read_file',
  description: 'Reads a file',
  parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
}
const task: Message = { role: 'user', content: 'What is in a.ts?' }
const thinker = { capabilities: ['completion', 'tools', 'thinking'] }
const malformed = 'failed to parse JSON: unexpected end of JSON input'

/** A chat with a scripted server: what the model is told is in `scripted.requests`. */
async function connect(
  script: ScriptSource,
  model: Partial<ScriptedModel> = {},
  settings: Partial<ChatSettings & WireSettings> = {},
  budgets: Partial<Budgets> = { pauseMs: 1 },
) {
  scripted = await startScriptedOllama({ script, models: [{ name: 'scripted', ...model }] })
  server = createServer({ url: scripted.url, budgets })
  const wire = createWire({
    server,
    name: 'scripted',
    sentAs: 'scripted:local',
    family: model.family ?? 'qwen3',
    capabilities: model.capabilities ?? ['completion', 'tools'],
    numCtx: 4096,
    options: {},
    ...settings,
  })
  const chat = createChat({
    wire,
    window: { numCtx: 4096 },
    options: {},
    toolCalling: {
      get current() {
        return toolCalling
      },
      change: (next) => {
        toolCalling = next
      },
    },
    prompted: createPrompted(),
    ...settings,
  })
  return async (request: Partial<ChatRequest> = {}, signal = new AbortController().signal): Promise<Reply> =>
    chat({ messages: [task], tools: [readFile], maxTokens: 500, ...request }, { signal, emit })
}

function emit(event: ModelEvent): void {
  events.push(event)
  heard.emit(event.type)
}
const retries = () => events.flatMap((event) => (event.type === 'retry' ? [event.reason] : []))
const said = () => events.map((event) => (event.type === 'text' ? event.text : '')).join('')
const thought = () => events.map((event) => (event.type === 'thinking' ? event.text : '')).join('')

test('an answer streams and is one whole reply', async () => {
  const ask = await connect([reply.text('Hello', ' there')])
  const answer = await ask()
  expect(answer).toMatchObject({ outcome: 'answer', message: { content: 'Hello there', toolCalls: [] }, warnings: [] })
  expect(answer.usage).toMatchObject({ modelCalls: 1 })
  expect(answer.usage.promptTokens).toBeGreaterThan(0)
  expect(said()).toBe('Hello there')
  expect(scripted.violations).toEqual([])
})

test('every request carries window, length, truncate, think and keep_alive', async () => {
  const ask = await connect([reply.text('ok')], {}, { options: { temperature: 0.2, num_ctx: 99 } })
  await ask()
  expect(scripted.requests[0]).toMatchObject({
    model: 'scripted:local',
    stream: true,
    truncate: false,
    think: false,
    keep_alive: '10m',
    options: { num_ctx: 4096, num_predict: 500, temperature: 0.2 },
  })
  expect(scripted.requests[0]).not.toHaveProperty('shift')
})

test.each(['builtin', 'native'] as const)('calls and their results go back and forth (%s)', async (calls) => {
  const first = { name: 'read_file', arguments: { path: 'a.ts' }, id: 'call_one' }
  const second = { name: 'read_file', arguments: { path: 'b.ts' }, id: 'call_one' }
  const ask = await connect(
    [[...reply.thinking('hm'), ...reply.calls(first, second)], reply.text('done')],
    { ...thinker, calls },
    { think: true },
  )
  const { message, outcome } = await ask()
  expect(outcome).toBe('tools')
  expect(message.toolCalls.map((call) => call.arguments.path)).toEqual(['a.ts', 'b.ts'])
  expect(new Set(message.toolCalls.map((call) => call.id)).size).toBe(2)
  const results = message.toolCalls.map(
    (call): Message => ({ role: 'tool', content: 'text', toolCallId: call.id, toolName: call.name }),
  )
  await ask({ messages: [task, message, ...results] })
  expect(scripted.requests[1]?.messages[1]).toMatchObject({ thinking: 'hm', tool_calls: [{ id: 'call_one' }, {}] })
  expect(scripted.requests[1]?.messages[2]).toMatchObject({ tool_name: 'read_file', tool_call_id: 'call_one' })
  expect(scripted.violations).toEqual([])
})

test('a call that stands in the reply as text is recovered, and not shown as text', async () => {
  const ask = await connect([
    reply.text('I look. ', '<tool_', 'call>{"name":"read_file","arguments":{"path":"a"}}</tool_call>'),
  ])
  const { message, outcome } = await ask()
  expect(outcome).toBe('tools')
  expect(message.toolCalls).toMatchObject([{ name: 'read_file', arguments: { path: 'a' }, recovered: true }])
  expect(toolCalling).toBe('recovered')
  expect(said().trim()).toBe('I look.')
})

test('a bare JSON call is not shown while it is written', async () => {
  const ask = await connect([reply.text('{"name":"read_', 'file","arguments":{"path":"a"}}')])
  expect((await ask()).outcome).toBe('tools')
  expect(said()).toBe('')
})

test('text that only looks like a call is shown in the end', async () => {
  const ask = await connect([
    reply.text('{"name', '": "an example"} is how such a file begins; <tool_', 'box> is not a call'),
  ])
  const { outcome, message } = await ask()
  expect(outcome).toBe('answer')
  expect(said()).toBe(message.content)
})

test('a cut reply is no answer, and no call is taken out of it', async () => {
  const ask = await connect([reply.cut('<tool_call>{"name":"read_file","arguments":{"path":"a"}}</tool_call>')])
  expect(await ask()).toMatchObject({ outcome: 'call-cut', message: { toolCalls: [] } })
})

test.each<[string, string, string]>([
  ['prose', 'cut', 'The file has three parts: first'],
  ['the beginning of a call', 'call-cut', '<tool_call>{"name":"read_file","arguments":{"path":"a'],
  ['nothing, since the server keeps a call to itself until it is whole', 'call-cut', ''],
])('a reply that was cut after %s is %s', async (_, outcome, text) => {
  const ask = await connect([reply.cut(text)])
  expect(await ask()).toMatchObject({ outcome, message: { toolCalls: [] } })
})

test('a reply that fills the window is told apart from one that reached its length', async () => {
  const end = reply.done({ reason: 'length', promptTokens: 4000, outputTokens: 96 })
  const ask = await connect([[...reply.text('half'), ...end]])
  expect((await ask()).outcome).toBe('context-full')
})

test('leaked thinking is neither shown nor kept as the answer', async () => {
  const ask = await connect([reply.text('<thi', 'nk>secret plan</th', 'ink>\n\nThe ', 'answer')])
  const { message } = await ask()
  expect(message).toMatchObject({ content: 'The answer', thinking: 'secret plan' })
  expect(said()).toBe('The answer')
  expect(thought()).toBe('secret plan')
})

test('a reply that only thinks is asked for once more, without thinking', async () => {
  const ask = await connect([reply.thinking('hm'), reply.text('so')], thinker, { think: true })
  const answer = await ask()
  expect(answer).toMatchObject({ outcome: 'answer', message: { content: 'so' }, usage: { modelCalls: 2 } })
  expect(scripted.requests.map((request) => request.think)).toEqual([true, false])
  expect(retries()).toEqual(['the model thought but did not answer'])
})

test('and so is one that thought until its length was used up', async () => {
  const end = reply.done({ reason: 'length', promptTokens: 50, outputTokens: 20 })
  const ask = await connect([[...reply.thinking('hm, hm'), ...end], reply.text('so')], thinker, { think: true })
  expect(await ask()).toMatchObject({ outcome: 'answer', message: { content: 'so' } })
  expect(scripted.requests.map((request) => request.think)).toEqual([true, false])
})

test('and one that thinks on and on before it calls a tool, long before its length is used up', async () => {
  const long = Array.from({ length: 40 }, () => 'hm, or the other way round? '.repeat(8))
  const endless = [...long.flatMap((piece) => reply.thinking(piece)), ...reply.silent()]
  const wide = { numCtx: 32_768, window: { numCtx: 32_768 } }
  const ask = await connect([endless, reply.text('so')], thinker, { think: true, ...wide })
  expect(await ask({ maxTokens: 4096 })).toMatchObject({ outcome: 'answer', message: { content: 'so' } })
  expect(scripted.requests.map((request) => request.think)).toEqual([true, false])
  await expect.poll(() => scripted.cancellations, { timeout: 20_000 }).toBe(1)
  expect(retries()).toEqual(['the model thought but did not answer'])
})

test('and one that says the same line again and again, which is asked for with another seed', async () => {
  const round = Array.from({ length: 60 }, (_, at) => `${at + 1}. The total of a cart is calculated here.\n`)
  const wide = { numCtx: 32_768, window: { numCtx: 32_768 } }
  const ask = await connect([reply.silent(...round), reply.text('It adds up.')], undefined, wide)
  expect(await ask({ maxTokens: 4096 })).toMatchObject({ outcome: 'answer', message: { content: 'It adds up.' } })
  await expect.poll(() => scripted.cancellations, { timeout: 20_000 }).toBe(1)
  expect(retries()).toEqual(['the model wrote the same lines again and again'])
})

test('a reply that only thinks twice is unusable', async () => {
  const ask = await connect([reply.thinking('hm'), reply.text('<think>hm')], thinker, { think: true })
  expect((await ask()).outcome).toBe('unusable')
})

test('an empty reply is asked for with another seed, then in the prompt\u2019s own protocol', async () => {
  const ask = await connect([reply.empty(), reply.empty(), reply.text('{"name":"read_file","arguments":{"path":"a"}}')])
  expect(await ask()).toMatchObject({ outcome: 'tools', usage: { modelCalls: 3 } })
  const [first, second, third] = scripted.requests
  expect(second?.options?.seed).not.toBe(first?.options?.seed)
  expect(Number(second?.options?.temperature)).toBeGreaterThan(0.2)
  expect(third?.tools).toBeUndefined()
  expect(third?.messages[0]?.content).toContain('You can call these tools')
  expect(toolCalling).toBe('prompted')
})

test('an empty reply to a request without tools is unusable after one retry', async () => {
  const ask = await connect([reply.empty(), reply.empty()])
  expect((await ask({ tools: [] })).outcome).toBe('unusable')
  expect(scripted.requests).toHaveLength(2)
})

test('a run in the prompt\u2019s own protocol calls tools, and its answer comes without any', async () => {
  const call = reply.text('<tool_call>{"name":"read_file","arguments":{"path":"a.ts"}}</tool_call>')
  const ask = await connect([call, reply.text('done')], { capabilities: ['completion'] })
  toolCalling = 'prompted'
  const { message, outcome } = await ask()
  expect(outcome).toBe('tools')
  const result: Message = {
    role: 'tool',
    content: 'text',
    toolCallId: message.toolCalls[0]?.id ?? '',
    toolName: 'read_file',
  }
  expect((await ask({ messages: [task, message, result], tools: [] })).message.content).toBe('done')
  expect(scripted.requests[1]?.messages.at(-1)?.content).toContain('Result of read_file')
  expect(scripted.violations).toEqual([])
})

test('an empty reply in the prompt\u2019s own protocol is unusable after one retry', async () => {
  const ask = await connect([reply.empty(), reply.empty()])
  toolCalling = 'prompted'
  expect((await ask()).outcome).toBe('unusable')
  expect(scripted.requests).toHaveLength(2)
})

test('what was shown of a broken reply is void, and the next one is whole', async () => {
  const ask = await connect([reply.broken('half an'), reply.text('a whole answer')])
  expect(await ask()).toMatchObject({ outcome: 'answer', message: { content: 'a whole answer' } })
  expect(retries()).toEqual(['the reply broke off'])
})

test('a reply that breaks off twice rejects', async () => {
  const ask = await connect([reply.broken('half'), reply.broken('half')])
  await expect(ask()).rejects.toMatchObject({ code: 'broken-stream' })
})

test.each([
  ['before the reply', reply.error(500, malformed)],
  ['within the reply', reply.errorLine(malformed)],
])('a tool call that the server could not read (%s) is asked for again, then told, then prompted', async (_, fault) => {
  const ask = await connect([fault, fault, fault, reply.text('fine')])
  expect(await ask()).toMatchObject({ outcome: 'answer', usage: { modelCalls: 4 } })
  const last = scripted.requests.map((request) => request.messages.at(-1)?.content ?? '')
  expect(last[1]).toBe(task.content)
  expect(last[2]).toContain(`could not be read (${malformed})`)
  expect(last[3]).not.toContain('could not be read')
  expect(new Set(scripted.requests.map((request) => request.options?.seed)).size).toBe(3)
  expect(toolCalling).toBe('prompted')
})

test('a model without tools is asked in the prompt\u2019s own protocol from then on', async () => {
  const ask = await connect([reply.text('one'), reply.text('two')], { capabilities: ['completion'] })
  expect((await ask()).message.content).toBe('one')
  await ask()
  expect(scripted.log.filter((entry) => entry.path === '/api/chat').map((entry) => entry.status)).toEqual([
    400, 200, 200,
  ])
})

test('a model that turns out not to think is asked without from then on', async () => {
  const claims = ['completion', 'tools', 'thinking']
  const model = { capabilities: ['completion', 'tools'] }
  const ask = await connect([reply.text('one'), reply.text('two')], model, { think: true, capabilities: claims })
  await ask()
  await ask()
  const thinks = scripted.log.flatMap(({ path, body }) =>
    path === '/api/chat' ? [(body as { think: unknown }).think] : [],
  )
  expect(thinks).toEqual([true, false, false])
})

test('a busy server is asked again, and named when it stays busy', async () => {
  const ask = await connect([reply.busy(), reply.busy(), reply.text('ok')])
  expect(await ask()).toMatchObject({ outcome: 'answer', usage: { modelCalls: 3 } })
  expect(retries()).toEqual(['the server is busy', 'the server is busy'])
})

test('a server that stays busy is an error in the end', async () => {
  const ask = await connect(() => reply.busy())
  await expect(ask()).rejects.toMatchObject({ code: 'busy' })
})

test('a pause ends with the signal', async () => {
  const controller = new AbortController()
  const ask = await connect(() => reply.busy(), {}, {}, { pauseMs: 1e6 })
  const retry = once(heard, 'retry')
  const answer = ask({}, controller.signal)
  await retry
  controller.abort(new Error('enough'))
  await expect(answer).rejects.toThrow('enough')
})

test.each([
  [
    'out of memory',
    reply.error(500, 'llama-server process has terminated: cudaMalloc failed: out of memory'),
    'load-failed',
  ],
  ['a runner that stopped', reply.error(500, 'model runner has unexpectedly stopped'), 'server-failed'],
  ['a closed connection', reply.reset(), 'server-failed'],
])('%s is tried once more, then an error', async (_, fault, code) => {
  const ask = await connect([fault, reply.text('ok'), fault, fault])
  expect((await ask()).message.content).toBe('ok')
  await expect(ask()).rejects.toMatchObject({ code })
})

test('an overflow rejects at once with the sizes', async () => {
  const ask = await connect([])
  const long: Message = { role: 'user', content: 'word '.repeat(8000) }
  const error: unknown = await ask({ messages: [long] }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'overflow', cause: { numCtx: 4096 } })
  expect(retries()).toEqual([])
})

test('a missing model rejects with the name as it was written', async () => {
  const ask = await connect([], {}, { name: 'llama9', sentAs: 'llama9:local' })
  await expect(ask()).rejects.toMatchObject({ code: 'model-missing', message: 'Model "llama9" is not installed' })
})

test('a prompt that the server cut marks the reply', async () => {
  const ask = await connect([[...reply.text('ok'), ...reply.done({ promptTokens: 2050 })]])
  const { warnings } = await ask()
  expect(warnings).toHaveLength(1)
  expect(events).toContainEqual({ type: 'warning', message: warnings[0] })
})

test('a reply that is nothing but an unusable call is asked for again, never taken for an answer', async () => {
  const call = reply.text('{"name":"delete_file","arguments":{"path":"a"}}')
  const ask = await connect([call, call, call])
  expect(await ask()).toMatchObject({ outcome: 'unusable', usage: { modelCalls: 3 } })
  expect(said()).toBe('')
})

test('calls are not taken from a model that was offered none', async () => {
  const ask = await connect([[...reply.text('done'), ...reply.calls({ name: 'read_file', arguments: { path: 'a' } })]])
  expect(await ask({ tools: [] })).toMatchObject({ outcome: 'answer', message: { content: 'done', toolCalls: [] } })
})

test('an abort leaves the server and rejects with its reason', async () => {
  const point = hold()
  const ask = await connect([reply.text('Hel', point, 'lo')])
  const controller = new AbortController()
  const answer = ask({}, controller.signal)
  await point.reached
  controller.abort(new Error('Ctrl-C'))
  await expect(answer).rejects.toThrow('Ctrl-C')
  expect(retries()).toEqual([])
})

test('a whole run loads the model once', async () => {
  const ask = await connect([reply.text('a'), reply.text('b'), reply.text('c')])
  for (let turn = 0; turn < 3; turn += 1) await ask()
  expect(scripted.loads).toBe(1)
})
