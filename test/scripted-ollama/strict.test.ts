import { expect, test } from 'vitest'
import { reply } from './scripted-ollama.ts'
import { chat, errorOf } from './ask.ts'
import { serve } from './serve.ts'

const call = { id: 'call_1', function: { name: 'read_file', arguments: {} } }
const asked = { role: 'user', content: 'x' }
const calling = { role: 'assistant', content: '', tool_calls: [call] }

test.each([
  [{ shift: false }, 'shift is sent'],
  [{ num_ctx: 4096 }, 'num_ctx is sent'],
  [{ think: undefined }, 'think is missing'],
  [{ keep_alive: undefined }, 'keep_alive is missing'],
  [{ truncate: undefined }, 'truncate is missing'],
  [{ truncate: true }, 'truncate is true'],
  [{ options: { num_predict: 1 } }, 'options.num_ctx is missing'],
  [{ options: { num_ctx: 4096 } }, 'options.num_predict is missing'],
  [{ options: { num_ctx: 4096, num_predict: 1, wibble: 1 } }, 'options.wibble is no option'],
  [{ format: 'json', tools: [{ type: 'function', function: { name: 'a' } }] }, 'format comes together with tools'],
  [{ messages: [{ ...asked, name: 'me' }] }, 'message 0 (user) has name'],
  [{ messages: [{ role: 'Wizard', content: 'x' }] }, 'message 0 has the role "Wizard"'],
  [
    { messages: [asked, calling, { role: 'tool', content: 'x', tool_name: 'read_file' }] },
    'lacks tool_name or tool_call_id',
  ],
  [
    { messages: [asked, { role: 'tool', content: 'x', tool_name: 'a', tool_call_id: 'b' }] },
    'message 1 (tool) answers no call',
  ],
  [{ messages: [asked, calling, calling] }, 'message 2 is a second assistant in a row'],
])('a request with %j is answered loudly and recorded', async (extra, violation) => {
  const server = await serve({ script: [reply.text('x')] })
  expect(errorOf(await chat(server, extra))).toEqual([500, expect.stringContaining(violation)])
  expect(server.violations).toEqual([expect.stringContaining(violation)])
})

test('array content is recorded besides being refused', async () => {
  const server = await serve()
  await chat(server, { messages: [{ role: 'user', content: [] }] })
  expect(server.violations).toEqual([expect.stringContaining('cannot unmarshal array')])
})

test('a tool loop as it should be passes', async () => {
  const result = { role: 'tool', content: 'x', tool_name: 'read_file', tool_call_id: 'call_1' }
  const server = await serve({ script: [reply.text('x')] })
  const messages = [{ role: 'system', content: 's' }, asked, { ...calling, thinking: 'Hm.' }, result, result, asked]
  expect((await chat(server, { messages })).status).toBe(200)
  expect(server.violations).toEqual([])
})

test('a server that is not strict takes what Ollama takes', async () => {
  const server = await serve({ strict: false, script: [reply.text('x')] })
  expect((await chat(server, { shift: true, wibble: 1, think: undefined })).status).toBe(200)
})
