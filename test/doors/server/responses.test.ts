import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { eventsOf, served } from './served.ts'

const path = '/v1/responses'
const weather = {
  type: 'function',
  name: 'weather',
  description: 'The weather.',
  parameters: { type: 'object', properties: { town: { type: 'string' } } },
  strict: false,
}

const required = [
  'background',
  'completed_at',
  'created_at',
  'error',
  'frequency_penalty',
  'id',
  'incomplete_details',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'model',
  'object',
  'output',
  'parallel_tool_calls',
  'presence_penalty',
  'previous_response_id',
  'prompt_cache_key',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'status',
  'store',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'usage',
  'user',
]

test('a plain question gets a response with every field that its specification asks for', async () => {
  const server = await served({ script: [reply.text('Fine.')], inject: 'never' })
  const { status, json } = await server.post(path, {
    model: 'scripted',
    input: 'How are you?',
    instructions: 'Be brief.',
    store: true,
  })
  expect(status).toBe(200)
  expect(Object.keys(json as object).sort()).toEqual(required)
  expect(json).toMatchObject({
    object: 'response',
    status: 'completed',
    output: [
      {
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Fine.', annotations: [] }],
      },
    ],
    usage: { total_tokens: expect.any(Number) },
  })
  expect(server.ollama.requests[0]?.messages).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'How are you?' },
  ])
})

test('a streamed response tells each item as it grows, and then the whole', async () => {
  const models = [{ name: 'thinker', capabilities: ['completion', 'tools', 'thinking'] }]
  const script = [[...reply.thinking('hm'), ...reply.text('It ', 'rains.')]]
  const server = await served({ script, inject: 'never', ollama: { models } })
  const { text } = await server.post(path, { model: 'x', input: 'Well?', stream: true, reasoning: { effort: 'high' } })
  const events = eventsOf(text) as { type: string; sequence_number: number }[]
  expect(events.map(({ type }) => type)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ])
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at))
  expect(events.at(-1)).toMatchObject({
    response: {
      status: 'completed',
      output: [
        { type: 'reasoning', summary: [{ text: 'hm' }] },
        { type: 'message', content: [{ text: 'It rains.' }] },
      ],
    },
  })
})

test('tools of a namespace, as Codex groups those of MCP servers, are offered and called as such', async () => {
  const call = { name: 'mcp__notes__find', arguments: { text: 'rain' } }
  const server = await served({ script: [reply.calls(call), reply.calls(call), reply.text('It rains.')] })
  const find = { type: 'function', name: 'find', parameters: { type: 'object', properties: {} } }
  const tools = [weather, { type: 'namespace', name: 'mcp__notes', tools: [find, { type: 'custom', name: 'odd' }] }]
  const user = { role: 'user', content: 'Weather?' }
  const whole = await server.post(path, { input: [user], tools })
  expect(whole.headers.get('x-local-brain-left-out')).toBe('custom')
  expect(whole.json).toMatchObject({ output: [{ type: 'function_call', namespace: 'mcp__notes', name: 'find' }] })
  const streamed = await server.post(path, { input: [user], tools, stream: true })
  const events = eventsOf(streamed.text) as { type: string; item?: { call_id?: string } }[]
  const item = events.find(({ type }) => type === 'response.output_item.done')?.item
  expect(item).toMatchObject({ type: 'function_call', namespace: 'mcp__notes', name: 'find' })
  const seen = [
    { type: 'input_text', text: 'It does.' },
    { type: 'input_image', image_url: 'data:' },
  ]
  const output = { type: 'function_call_output', call_id: item?.call_id, output: seen }
  await server.post(path, { input: [user, item, output], tools })
  const [first, , third] = server.ollama.requests
  expect(JSON.stringify(first?.tools)).toContain('"name":"mcp__notes__find"')
  expect(third?.messages.slice(-2)).toMatchObject([
    { tool_calls: [{ function: { name: 'mcp__notes__find' } }] },
    {
      role: 'tool',
      tool_name: 'mcp__notes__find',
      content: expect.stringMatching(/^It does\.\n\[input_image: not shown/),
    },
  ])
})

test('calls of other kinds of tools are part of the history, and what is only a reference is refused', async () => {
  const server = await served({ script: [reply.text('Done.')], inject: 'never' })
  const shell = { type: 'shell_call', call_id: 'c2', action: { commands: ['ls'] } }
  const input = [
    { role: 'user', content: 'Mend it.' },
    { type: 'custom_tool_call', call_id: 'c1', name: 'apply_patch', input: '*** Begin' },
    { type: 'custom_tool_call_output', call_id: 'c1', output: 'Applied.' },
    shell,
    { type: 'shell_call_output', call_id: 'c2', output: [{ stdout: 'a.txt', stderr: '' }] },
    { type: 'web_search_call', id: 'ws', status: 'completed' },
    { role: 'user', content: 'And?' },
  ]
  expect(await server.post(path, { input })).toMatchObject({ status: 200 })
  expect(server.ollama.requests[0]?.messages.slice(1)).toMatchObject([
    { tool_calls: [{ function: { name: 'apply_patch', arguments: { input: '*** Begin' } } }] },
    { role: 'tool', tool_name: 'apply_patch', content: 'Applied.' },
    { tool_calls: [{ function: { name: 'shell_call', arguments: { input: shell.action } } }] },
    { role: 'tool', tool_name: 'shell_call', content: '[{"stdout":"a.txt","stderr":""}]' },
    { role: 'user', content: 'And?' },
  ])
  const reference = { type: 'item_reference', id: 'msg_1' }
  expect(await server.post(path, { input: [...input, reference] })).toMatchObject({
    status: 400,
    json: { error: { param: 'input[7]', message: expect.stringContaining('send the item itself') } },
  })
})

test('calls are handed over, and their outputs continue the conversation, as Codex does it', async () => {
  const script = [reply.calls({ name: 'weather', arguments: { town: 'Bern' } }), reply.text('It rains.')]
  const server = await served({ script })
  const user = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] }
  const developer = { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Be kind.' }] }
  const tools = [
    weather,
    { type: 'namespace', name: 'mcp', tools: [] },
    { type: 'web_search' },
    { type: 'custom', name: 'x' },
  ]
  const more = {
    tools,
    tool_choice: 'auto',
    parallel_tool_calls: true,
    include: ['reasoning.encrypted_content'],
    stream: true,
  }
  const first = await server.post(path, {
    model: 'gpt-9',
    instructions: 'You are an agent.',
    input: [developer, user],
    ...more,
  })
  expect(first.headers.get('x-local-brain-left-out')).toBe('web_search, custom')
  const events = eventsOf(first.text) as { type: string; item?: Record<string, unknown> }[]
  const call = events.find(
    ({ type, item }) => type === 'response.output_item.done' && item?.['type'] === 'function_call',
  )?.item
  expect(call).toMatchObject({
    name: 'weather',
    arguments: '{"town":"Bern"}',
    call_id: expect.stringMatching(/^call_/),
    status: 'completed',
  })
  const reasoning = { type: 'reasoning', summary: [], encrypted_content: 'x' }
  const output = { type: 'function_call_output', call_id: call?.['call_id'], output: 'rain' }
  const second = await server.post(path, {
    model: 'gpt-9',
    instructions: 'You are an agent.',
    input: [developer, user, reasoning, call, output],
    ...more,
  })
  expect(eventsOf(second.text).at(-1)).toMatchObject({
    type: 'response.completed',
    response: { output: [{ content: [{ text: 'It rains.' }] }] },
  })
  expect(server.ollama.requests[1]?.messages).toMatchObject([
    { role: 'system', content: 'You are an agent.\n\nBe kind.' },
    { role: 'user', content: 'Weather?' },
    { role: 'assistant', tool_calls: [{ function: { name: 'weather' } }] },
    { role: 'tool', content: 'rain', tool_name: 'weather' },
  ])
})

test.each([
  ['previous_response_id', { previous_response_id: 'resp_1' }],
  ['conversation', { conversation: 'conv_1' }],
  ['background', { background: true }],
  ['input[0].content[0]', { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:' }] }] }],
  ['messages', { input: [] }],
])('%s is refused by its name', async (param, more) => {
  const server = await served()
  expect(await server.post(path, { model: 'x', input: 'hi', ...more })).toMatchObject({
    status: 400,
    json: { error: { type: 'invalid_request_error', param } },
  })
})

test('a response that breaks off has failed', async () => {
  const server = await served({
    script: () => reply.errorLine('llama runner process has terminated', 'Half'),
    inject: 'never',
  })
  const { text } = await server.post(path, { model: 'x', input: 'hi', stream: true })
  expect(eventsOf(text).at(-1)).toMatchObject({
    type: 'response.failed',
    response: { status: 'failed', error: { code: 'server_error' } },
  })
})
