import { expect, test } from 'vitest'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { eventsOf, served } from './served.ts'

const path = '/v1/chat/completions'
const question = { model: 'scripted', messages: [{ role: 'user', content: 'How are you?' }] }
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather.',
    parameters: { type: 'object', properties: { town: { type: 'string' } } },
  },
}

type Chunk = { choices: { delta: Record<string, unknown>; finish_reason: string | null }[]; usage?: unknown }

const deltas = (text: string) =>
  eventsOf(text).flatMap((event) =>
    typeof event === 'string'
      ? [event]
      : (event as Chunk).choices.map(({ delta, finish_reason: finish }) => finish ?? delta),
  )

test('a plain question gets one whole answer', async () => {
  const server = await served({ script: [reply.text('Fine, ', 'thanks.')], inject: 'never' })
  const { status, json } = await server.post(path, question)
  expect(status).toBe(200)
  expect(json).toMatchObject({
    object: 'chat.completion',
    model: 'scripted:latest',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Fine, thanks.' }, finish_reason: 'stop' }],
  })
  const { usage } = json as { usage: Record<string, number> }
  expect(usage['prompt_tokens']).toBeGreaterThan(0)
  expect(usage['total_tokens']).toBe((usage['prompt_tokens'] ?? 0) + (usage['completion_tokens'] ?? 0))
  expect(server.ollama.requests[0]?.messages).toEqual([{ role: 'user', content: 'How are you?' }])
})

test('a streamed answer comes while it is written, with its reasoning first and the usage at the end', async () => {
  const wait = hold()
  const models = [{ name: 'thinker', capabilities: ['completion', 'tools', 'thinking'] }]
  const script = [[...reply.thinking('hm'), ...reply.text('One', wait, ' two.')]]
  const server = await served({ script, inject: 'never', ollama: { models } })
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...question,
      stream: true,
      stream_options: { include_usage: true },
      reasoning_effort: 'high',
    }),
  })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  const readUntil = async (end: string) => {
    while (!text.includes(end)) {
      const { value, done } = await reader.read()
      if (done) return
      text += new TextDecoder().decode(value)
    }
  }
  await readUntil('One')
  expect(text).not.toContain('two')
  wait.release()
  await readUntil('[DONE]')
  expect(deltas(text)).toEqual([
    { role: 'assistant', content: '' },
    { reasoning: 'hm' },
    { content: 'One' },
    { content: ' two.' },
    'stop',
    '[DONE]',
  ])
  expect(eventsOf(text).at(-2)).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) } })
})

test('calls of the tools that a client brings are handed to it, and its results continue the conversation', async () => {
  const script = [reply.calls({ name: 'weather', arguments: { town: 'Bern' } }), reply.text('It rains.')]
  const server = await served({ script })
  const first = await server.post(path, { ...question, tools: [weather] })
  const [choice] = (first.json as { choices: { message: { tool_calls: { id: string }[] }; finish_reason: string }[] })
    .choices
  expect(choice).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: null,
      tool_calls: [{ type: 'function', function: { name: 'weather', arguments: '{"town":"Bern"}' } }],
    },
  })
  const messages = [
    ...question.messages,
    choice?.message,
    { role: 'tool', tool_call_id: choice?.message.tool_calls[0]?.id, content: [{ type: 'text', text: 'rain' }] },
  ]
  const second = await server.post(path, { ...question, messages, tools: [weather], stream: true })
  expect(deltas(second.text)).toEqual([{ role: 'assistant', content: '' }, { content: 'It rains.' }, 'stop', '[DONE]'])
  expect(server.ollama.requests[1]?.messages.at(-1)).toMatchObject({
    role: 'tool',
    content: 'rain',
    tool_name: 'weather',
  })
})

test('a client that takes one call at a time gets one', async () => {
  const both = reply.calls(
    { name: 'weather', arguments: { town: 'Bern' } },
    { name: 'weather', arguments: { town: 'Ulm' } },
  )
  const server = await served({ script: () => both })
  const asked = { ...question, tools: [weather] }
  const countOf = (json: unknown) =>
    (json as { choices: { message: { tool_calls: unknown[] } }[] }).choices[0]?.message.tool_calls.length
  expect(countOf((await server.post(path, asked)).json)).toBe(2)
  expect(countOf((await server.post(path, { ...asked, parallel_tool_calls: false })).json)).toBe(1)
})

test('an address that is nearly right is told the right one', async () => {
  const server = await served()
  for (const wrong of ['/chat/completions', '/v1/v1/chat/completions', '/v1/chat/completions/']) {
    const { status, json } = await server.post(wrong, question)
    expect(status).toBe(404)
    expect(json).toMatchObject({ error: { message: `There is no ${wrong} here; try /v1/chat/completions` } })
  }
})

test('a streamed call comes whole, with its arguments as text', async () => {
  const script = [reply.calls({ name: 'weather', arguments: { town: 'Bern' } })]
  const server = await served({ script })
  const { text } = await server.post(path, { ...question, tools: [weather], stream: true })
  expect(deltas(text)).toEqual([
    { role: 'assistant', content: '' },
    {
      tool_calls: [
        {
          index: 0,
          id: expect.stringMatching(/^call_/),
          type: 'function',
          function: { name: 'weather', arguments: '{"town":"Bern"}' },
        },
      ],
    },
    'tool_calls',
    '[DONE]',
  ])
})

test('options of the request reach the model, and a schema shapes its answer', async () => {
  const server = await served({ script: [reply.json({ mood: 'good' })] })
  const schema = { type: 'object', properties: { mood: { type: 'string' } }, required: ['mood'] }
  const { json } = await server.post(path, {
    ...question,
    temperature: 0.5,
    top_p: 0.9,
    seed: 7,
    max_tokens: 50,
    response_format: { type: 'json_schema', json_schema: { name: 'mood', schema } },
  })
  expect(json).toMatchObject({ choices: [{ message: { content: '{"mood":"good"}' } }] })
  const body = server.ollama.requests[0]
  expect(body?.options).toMatchObject({ temperature: 0.5, top_p: 0.9, seed: 7, num_predict: 50 })
  expect(body?.format).toMatchObject({ type: 'object', required: ['mood'] })
})

test('an answer ends before the text that is to end it, wherever that is cut, and the model is stopped', async () => {
  const wait = hold()
  const server = await served({
    script: (_, { index }) => (index < 2 ? reply.text('One <', 'en', 'd> two', wait) : reply.text('One <', 'e')),
    inject: 'never',
  })
  const asked = { ...question, stop: ['</s>', '<end>'] }
  const { json } = await server.post(path, asked)
  expect(json).toMatchObject({ choices: [{ message: { content: 'One ' }, finish_reason: 'stop' }] })
  const streamed = await server.post(path, { ...asked, stream: true })
  expect(deltas(streamed.text)).toEqual([{ role: 'assistant', content: '' }, { content: 'One ' }, 'stop', '[DONE]'])
  await expect.poll(() => server.ollama.cancellations, { timeout: 20_000 }).toBe(2)
  const whole = await server.post(path, { ...asked, stop: '<end>' })
  expect(whole.json).toMatchObject({ choices: [{ message: { content: 'One <e' } }] })
})

test('an answer that is cut at the asked length says so', async () => {
  const server = await served({ script: [reply.cut('One two')], inject: 'never' })
  const { json } = await server.post(path, { ...question, max_tokens: 64 })
  expect(json).toMatchObject({ choices: [{ message: { content: 'One two' }, finish_reason: 'length' }] })
})

test('a name that no model has, or one of a cloud, is answered by the default model, which says its own name', async () => {
  const models = [
    { name: 'small', size: 1e9 },
    { name: 'chosen', size: 2e9 },
  ]
  const server = await served({
    script: () => reply.text('Yes.'),
    defaultModel: 'small',
    ollama: { models },
    inject: 'never',
  })
  for (const model of ['gpt-5', 'claude-opus-9', 'no-such-thing', '']) {
    const { json } = await server.post(path, { ...question, model })
    expect(json).toMatchObject({ model: 'small:latest' })
  }
  expect(await server.post(path, { ...question, model: 'chosen' })).toMatchObject({ json: { model: 'chosen:latest' } })
})

test('without any model there is none to answer', async () => {
  const server = await served({ ollama: { models: [{ name: 'embed', capabilities: ['embedding'] }] } })
  expect(await server.post(path, question)).toMatchObject({
    status: 404,
    json: { error: { type: 'invalid_request_error', code: 'model_not_found', param: 'model' } },
  })
})

test.each([
  [
    'messages[0].content[0]',
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] },
  ],
  ['messages', { messages: [] }],
  ['messages[0].role', { messages: [{ content: 'x' }] }],
  ['metadata.local_brain', { metadata: { local_brain: { file: 'a.txt' } } }],
  ['messages', { messages: [{ role: 'user', content: '' }] }],
  ['messages[0].role', { messages: [{ role: 'wizard', content: 'x' }] }],
  ['n', { n: 2 }],
  ['functions', { functions: [{ name: 'look' }] }],
  ['logprobs', { logprobs: true }],
  ['tools[0]', { tools: [{ type: 'function', function: { name: '' } }] }],
  ['tools[1]', { tools: [weather, weather] }],
  ['tool_choice', { tools: [weather], tool_choice: { type: 'function', function: { name: 'magic' } } }],
])('what can not be done is refused, naming %s', async (param, more) => {
  const server = await served()
  const refused = await server.post(path, { ...question, ...more })
  expect(refused).toMatchObject({ status: 400, json: { error: { type: 'invalid_request_error', param } } })
  expect(refused.text).not.toMatch(/undefined|Invalid/)
  expect(server.ollama.requests).toEqual([])
})

test('a history in any order is put into one that a template takes', async () => {
  const server = await served({ script: [reply.text('So it is.')], inject: 'never' })
  const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":"it"}' } }
  await server.post(path, {
    model: 'scripted',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: 'Be kind.' },
      { role: 'user', content: 'one' },
      { role: 'system', content: 'The time is 12:00.' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'assistant', content: 'Well.' },
      { role: 'tool', tool_call_id: 'unknown', content: 'seen' },
      { role: 'assistant', content: '' },
      { role: 'system', content: 'Answer.' },
      { role: 'user', content: [{ type: 'text', text: 'two' }, { type: 'later_invention' }] },
    ],
  })
  expect(server.ollama.requests[0]?.messages).toEqual([
    { role: 'system', content: 'Be brief.\n\nBe kind.' },
    { role: 'user', content: 'one\n\nThe time is 12:00.' },
    { role: 'assistant', content: 'Well.', tool_calls: [expect.objectContaining({ id: 'c1' })] },
    { role: 'tool', content: 'Error: this call was not carried out', tool_name: 'look', tool_call_id: 'c1' },
    { role: 'user', content: '[result of a tool]\nseen\n\nAnswer.\n\ntwo' },
  ])
})

test('calls without ids or names, and their results, are put together by name, then in order', async () => {
  const server = await served({ script: [reply.text('So it is.')], inject: 'never' })
  const call = (name: string) => ({ id: '', function: { name, arguments: '{}' } })
  await server.post(path, {
    messages: [
      { role: 'user', content: 'one' },
      { role: 'assistant', content: null, tool_calls: [call('look'), call('see'), call('')] },
      { role: 'function', name: 'see', content: [{ type: 'image_url', image_url: { url: 'data:' } }] },
      { role: 'tool', content: 'looked' },
      { role: 'tool', tool_call_id: '', content: 'done' },
    ],
  })
  const [, said, ...results] = server.ollama.requests[0]?.messages ?? []
  expect(results.map(({ tool_name: name, content }) => [name, content])).toEqual([
    ['see', '[image_url: not shown, since only text can be read here]'],
    ['look', 'looked'],
    ['unnamed', 'done'],
  ])
  expect(new Set(said?.tool_calls?.map(({ id }) => id)).size).toBe(3)
})
