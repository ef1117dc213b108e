import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { eventsOf, served } from './served.ts'

const path = '/v1/messages?beta=true'
const question = { model: 'claude-opus-9', max_tokens: 500, messages: [{ role: 'user', content: 'How are you?' }] }
const weather = {
  name: 'weather',
  description: 'The weather.',
  input_schema: { type: 'object', properties: { town: { type: 'string' } } },
}

test('a plain question gets one whole message', async () => {
  const server = await served({ script: [reply.text('Fine.')], inject: 'never' })
  const { status, json, headers } = await server.post(path, question)
  expect(status).toBe(200)
  expect(headers.get('request-id')).toMatch(/^req_/)
  expect(json).toMatchObject({
    id: expect.stringMatching(/^msg_/),
    type: 'message',
    role: 'assistant',
    model: 'scripted:latest',
    content: [{ type: 'text', text: 'Fine.' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
  })
})

test('a streamed message has its events in their order', async () => {
  const models = [{ name: 'thinker', capabilities: ['completion', 'tools', 'thinking'] }]
  const script = [
    [...reply.thinking('hm'), ...reply.text('It ', 'rains.')],
    reply.calls({ name: 'weather', arguments: { town: 'Bern' } }),
  ]
  const server = await served({ script, ollama: { models } })
  const first = await server.post(path, {
    ...question,
    stream: true,
    tools: [weather],
    thinking: { type: 'enabled', budget_tokens: 1024 },
  })
  expect(first.text.match(/^event: .*$/gm)?.map((line) => line.slice(7))).toEqual(
    eventsOf(first.text).map((event) => (event as { type: string }).type),
  )
  expect(eventsOf(first.text)).toMatchObject([
    { type: 'message_start', message: { content: [], stop_reason: null, usage: { output_tokens: 0 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'It ' } },
    { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'rains.' } },
    { type: 'content_block_stop', index: 1 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: expect.any(Number) },
    },
    { type: 'message_stop' },
  ])
  const second = await server.post(path, { ...question, stream: true, tools: [weather] })
  expect(eventsOf(second.text).slice(1)).toMatchObject([
    { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', name: 'weather', input: {} } },
    { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '{"town":"Bern"}' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' } },
    { type: 'message_stop' },
  ])
})

test('the text that ended a message is named', async () => {
  const server = await served({ script: () => reply.text('Thought: rain.\nObser', 'vation: sun'), inject: 'never' })
  const asked = { ...question, stop_sequences: ['\nObservation:', ''] }
  const ended = { stop_reason: 'stop_sequence', stop_sequence: '\nObservation:' }
  expect(await server.post(path, asked)).toMatchObject({
    json: {
      ...ended,
      content: [{ type: 'text', text: 'Thought: rain.' }],
      usage: { output_tokens: expect.any(Number) },
    },
  })
  const { text } = await server.post(path, { ...asked, stream: true })
  expect(eventsOf(text).at(-2)).toMatchObject({ type: 'message_delta', delta: ended })
  expect(await server.post(path, { ...asked, stop_sequences: ['Thought'] })).toMatchObject({
    json: { content: [], stop_reason: 'stop_sequence', stop_sequence: 'Thought' },
  })
  expect(await server.post(path, { ...asked, stop_sequences: ['</s>'] })).toMatchObject({
    json: { stop_reason: 'end_turn', stop_sequence: null },
  })
})

/** As Claude Code sends them. */
const system = [
  { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1; cch=12ab;' },
  { type: 'text', text: 'You are an agent.', cache_control: { type: 'ephemeral' } },
]

test('what changes from request to request is left out, and the prefix stays', async () => {
  const server = await served({ script: () => reply.text('Done.'), inject: 'never' })
  const more = {
    system,
    thinking: { type: 'adaptive' },
    output_config: { effort: 'high' },
    context_management: { edits: [] },
  }
  const user = { role: 'user', content: [{ type: 'text', text: 'Go on.', cache_control: { type: 'ephemeral' } }] }
  const note = { role: 'system', content: 'Today is Monday.' }
  await server.post(path, { ...question, ...more, messages: [user, note] })
  const said = {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'hm', signature: 'x' },
      { type: 'text', text: 'Done.' },
    ],
  }
  system[0] = { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1; cch=34cd;' }
  await server.post(path, { ...question, ...more, messages: [user, note, said, { role: 'user', content: 'More.' }] })
  const [first, second] = server.ollama.requests.map(({ messages }) => messages)
  expect(first).toEqual([
    { role: 'system', content: 'You are an agent.' },
    { role: 'user', content: 'Go on.\n\nToday is Monday.' },
  ])
  expect(second).toEqual([
    ...(first ?? []),
    { role: 'assistant', content: 'Done.' },
    { role: 'user', content: 'More.' },
  ])
})

test('results in blocks reach the model, errors as errors; what is unknown is left out', async () => {
  const server = await served({ script: [reply.text('I see.')] })
  const messages = [
    question.messages[0],
    {
      role: 'assistant',
      content: [
        { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} },
        { type: 'tool_use', id: 't1', name: 'weather', input: { town: 'Bern' } },
        { type: 'tool_use', id: 't2', name: 'weather', input: { town: 'Ulm' } },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 't2', is_error: true, content: 'no such town' },
        {
          type: 'tool_result',
          tool_use_id: 't1',
          content: [
            { type: 'text', text: 'rain' },
            { type: 'image', source: {} },
          ],
        },
        { type: 'text', text: 'Well?' },
        { type: 'invention_of_tomorrow', of: 1 },
      ],
    },
  ]
  const tools = [weather, { type: 'web_search_20250305', name: 'web_search' }]
  expect(await server.post(path, { ...question, messages, tools })).toMatchObject({ status: 200 })
  const [body] = server.ollama.requests
  const picture = '[image: not shown, since only text can be read here]'
  expect(body?.messages.slice(2)).toEqual([
    { role: 'tool', tool_name: 'weather', tool_call_id: 't2', content: 'Error: no such town' },
    { role: 'tool', tool_name: 'weather', tool_call_id: 't1', content: `rain\n${picture}` },
    { role: 'user', content: 'Well?' },
  ])
  expect(body?.tools?.map((tool) => (tool as { function: { name: string } }).function.name)).toEqual(['weather'])
})

test('tokens are counted without asking a model', async () => {
  const server = await served()
  const counted = await server.post('/v1/messages/count_tokens', {
    model: 'x',
    system: 'Be brief.',
    messages: question.messages,
    tools: [weather],
  })
  expect(counted).toMatchObject({ status: 200, json: { input_tokens: expect.any(Number) } })
  const tokensOf = (json: unknown) => (json as { input_tokens: number }).input_tokens
  expect(tokensOf(counted.json)).toBeGreaterThan(20)
  // The server's own tools, which such a request is given, are counted as well.
  const bare = await server.post('/v1/messages/count_tokens', { model: 'x', messages: question.messages })
  expect(tokensOf(bare.json)).toBeGreaterThan(tokensOf(counted.json))
  expect(server.ollama.requests).toEqual([])
})

test('refusals have the words that Claude Code reads', async () => {
  const server = await served({
    script: () => reply.text('Fine.'),
    numCtx: 2048,
    inject: 'never',
    token: 'a-long-secret-token',
  })
  const headers = { 'x-api-key': 'a-long-secret-token' }
  const long = { ...question, messages: [{ role: 'user', content: 'word '.repeat(6000) }], stream: true }
  const words = {
    type: 'error',
    error: {
      type: 'invalid_request_error',
      message: expect.stringMatching(/^prompt is too long: \d+ tokens > 2048 maximum$/),
    },
  }
  expect(await server.post(path, long, headers)).toMatchObject({ status: 400, json: words })
  const refusals: [unknown, number, string][] = [
    [{ ...question, messages: [] }, 400, 'invalid_request_error'],
    [
      { ...question, messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] },
      400,
      'invalid_request_error',
    ],
    [{ ...question, messages: undefined }, 400, 'invalid_request_error'],
    [{ ...question, model: 'local-brain/no-such-skill' }, 404, 'not_found_error'],
  ]
  for (const [body, status, type] of refusals) {
    expect(await server.post(path, body, headers)).toMatchObject({ status, json: { type: 'error', error: { type } } })
  }
  const image = {
    role: 'user',
    content: [
      { type: 'text', text: 'Look.' },
      { type: 'image', source: {} },
    ],
  }
  const seen = await server.post(path, { ...question, messages: [image] }, headers)
  expect(seen.text).toContain('"messages[0].content[1]: \\"image\\" is not understood: only text is"')
  expect(await server.post(path, question)).toMatchObject({
    status: 401,
    json: { error: { type: 'authentication_error' } },
  })
  expect(await server.get('/v1/nothing', { ...headers, 'anthropic-version': '2023-06-01' })).toMatchObject({
    status: 404,
    json: { type: 'error' },
  })
})

test('a message that breaks off ends with an error', async () => {
  const server = await served({
    script: () => reply.errorLine('llama runner process has terminated', 'Half'),
    inject: 'never',
  })
  const { text } = await server.post(path, { ...question, stream: true })
  expect(eventsOf(text).at(-1)).toMatchObject({ type: 'error', error: { type: 'api_error' } })
  expect(text).not.toContain('message_stop')
})

test('models are listed in the form of whoever asks', async () => {
  const server = await served()
  expect(await server.get('/v1/models')).toMatchObject({
    json: {
      object: 'list',
      data: expect.arrayContaining([
        { id: 'scripted:latest', object: 'model', created: 0, owned_by: 'library', context_length: expect.any(Number) },
      ]),
    },
  })
  const anthropic = { 'anthropic-version': '2023-06-01' }
  expect(await server.get('/v1/models', anthropic)).toMatchObject({
    json: {
      data: expect.arrayContaining([
        expect.objectContaining({ type: 'model', id: 'scripted:latest', max_input_tokens: expect.any(Number) }),
      ]),
      has_more: false,
      first_id: 'scripted:latest',
    },
  })
  expect(await server.get('/v1/models/scripted', anthropic)).toMatchObject({ status: 200, json: { type: 'model' } })
  expect(await server.get('/v1/models/none')).toMatchObject({
    status: 404,
    json: { error: { code: 'model_not_found' } },
  })
})
