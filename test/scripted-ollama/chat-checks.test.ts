import { expect, test } from 'vitest'
import { reply } from './scripted-ollama.ts'
import { chat, chatBody, errorOf, exchange } from './ask.ts'
import { serve } from './serve.ts'

const tools = [{ type: 'function', function: { name: 'read_file', parameters: { type: 'object', properties: {} } } }]
const withoutModel = { ...chatBody(), model: undefined }

// Seen on Ollama 0.33: status and text.
test.each([
  ['an empty body', '', 400, 'missing request body'],
  ['bad JSON', 'xx', 400, "invalid character 'x' looking for beginning of value"],
  ['cut JSON', '{"model":"a",', 400, 'unexpected EOF'],
  ['an array', [], 400, 'json: cannot unmarshal array into Go value of type api.ChatRequest'],
  ['no model', withoutModel, 400, 'model is required'],
  ['a malformed name', chatBody({ model: 'bad name!:x' }), 400, 'invalid model name'],
  ['a missing model', chatBody({ model: 'llama9' }), 404, "model 'llama9' not found"],
  [
    'array content',
    chatBody({ messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] }),
    400,
    'json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string',
  ],
  [
    'arguments as text',
    chatBody({
      messages: [{ role: 'assistant', content: '', tool_calls: [{ function: { name: 'a', arguments: '{}' } }] }],
    }),
    400,
    "Value looks like object, but can't find closing '}' symbol",
  ],
  [
    'a stream that is no boolean',
    chatBody({ stream: 'yes' }),
    400,
    'json: cannot unmarshal string into Go struct field ChatRequest.stream of type bool',
  ],
  [
    'an odd think value',
    chatBody({ think: 'huge' }),
    400,
    'invalid think value: "huge" (must be "high", "medium", "low", "max", true, or false)',
  ],
  ['an odd keep_alive', chatBody({ keep_alive: 'soon' }), 400, 'time: invalid duration "soon"'],
  [
    'tools for a model without',
    chatBody({ model: 'plain', tools }),
    400,
    'registry.ollama.ai/library/plain:latest does not support tools',
  ],
  ['thinking for a model without', chatBody({ model: 'plain', think: true }), 400, '"plain" does not support thinking'],
  [
    'a level for a model without',
    chatBody({ model: 'plain', think: 'high' }),
    400,
    '"plain" does not support thinking',
  ],
  ['chat with an embedding model', chatBody({ model: 'embed:v1' }), 400, '"embed:v1" does not support chat'],
])('%s is refused in the words of the server', async (_, body, status, error) => {
  const models = [
    { name: 'plain', capabilities: ['completion'] },
    { name: 'embed:v1', capabilities: ['embedding'] },
  ]
  const server = await serve({ models })
  expect(errorOf(await exchange(server, { body }))).toEqual([status, error])
})

test('thinking is on where a model can and the request says nothing', async () => {
  const models = [{ name: 'scripted', capabilities: ['completion', 'thinking'] }]
  const server = await serve({ models, strict: false, script: () => reply.thinking('Hm.') })
  expect((await chat(server, { think: undefined })).text).toContain('"thinking":"Hm."')
  expect(errorOf(await chat(server, { think: false }))).toEqual([500, expect.stringContaining('the script thinks')])
})
