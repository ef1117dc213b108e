import { expect, test } from 'vitest'
import { reply } from './scripted-ollama.ts'
import { chat, errorOf } from './ask.ts'
import { serve } from './serve.ts'

const oops = { type: 'object', properties: { a: { $ref: '#' } } }

test.each([
  ['yaml', 500, 'invalid format: "\\"yaml\\""; expected "json" or a valid JSON Schema object'],
  [{ type: 'object', properties: { a: { type: 'string', pattern: '^\\d+$' } } }, 400, 'failed to parse grammar'],
  [
    { type: 'object', properties: { a: { type: 'string', pattern: '[0-9]' } } },
    400,
    "Pattern must start with '^' and end with '$'",
  ],
  [{ type: 'object', properties: { a: { type: 'string', maxLength: 2000 } } }, 400, 'failed to parse grammar'],
  [{ anyOf: [{ type: 'file' }] }, 400, 'Unrecognized schema: {\\"type\\":\\"file\\"}'],
  [oops, 400, 'Unsupported ref: #'],
  [{ items: { $ref: '#/$defs/x' }, $defs: { y: {} } }, 400, 'Error resolving ref #/$defs/x: x not in '],
])('the format %j is refused', async (format, status, text) => {
  const server = await serve({ script: [reply.json({})] })
  expect(errorOf(await chat(server, { format }))).toEqual([status, expect.stringContaining(text)])
})

test('with thinking a bad format is noticed only after it', async () => {
  const models = [{ name: 'scripted', capabilities: ['completion', 'thinking'] }]
  const server = await serve({ models, script: [[...reply.thinking('Hm.'), ...reply.json({})]] })
  const { status, text } = await chat(server, { think: true, format: oops })
  expect([status, text]).toEqual([200, expect.stringMatching(/Hm\.[^]*\{"error":"[^]*Unsupported ref/)])
})
