import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { served } from './served.ts'

const weather = { type: 'object' as const, properties: { town: { type: 'string' } }, required: ['town'] }

/** A plain answer, a streamed one, a call, and the answer after its result. */
const script = () => [
  reply.text('Fine, thanks.'),
  reply.text('Fine, ', 'thanks.'),
  reply.calls({ name: 'weather', arguments: { town: 'Bern' } }),
  reply.text('It rains.'),
]

test("OpenAI's own client speaks chat completions with it", async () => {
  const server = await served({ script: script(), inject: 'never' })
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'local', maxRetries: 0 })
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'How are you?' }]
  const plain = await client.chat.completions.create({ model: 'gpt-5', messages })
  expect(plain.choices[0]?.message.content).toBe('Fine, thanks.')
  const stream = client.chat.completions.stream({ model: 'gpt-5', messages, stream_options: { include_usage: true } })
  expect(await stream.finalContent()).toBe('Fine, thanks.')
  expect((await stream.totalUsage()).completion_tokens).toBeGreaterThan(0)
  const seen: string[] = []
  const runner = client.chat.completions.runTools({
    model: 'gpt-5',
    messages,
    stream: true,
    tools: [
      {
        type: 'function',
        function: {
          name: 'weather',
          description: 'The weather.',
          parameters: weather,
          parse: JSON.parse,
          function: ({ town }: { town: string }) => {
            seen.push(town)
            return 'rain'
          },
        },
      },
    ],
  })
  expect(await runner.finalContent()).toBe('It rains.')
  expect(seen).toEqual(['Bern'])
  const listed = []
  for await (const model of client.models.list()) listed.push(model.id)
  expect(listed).toContain('scripted:latest')
  await expect(client.chat.completions.create({ model: 'x', messages: [] })).rejects.toThrow(OpenAI.BadRequestError)
})

test("OpenAI's own client speaks responses with it", async () => {
  const server = await served({ script: script(), inject: 'never' })
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'local', maxRetries: 0 })
  const plain = await client.responses.create({ model: 'gpt-5', input: 'How are you?' })
  expect(plain.output_text).toBe('Fine, thanks.')
  const stream = client.responses.stream({ model: 'gpt-5', input: 'How are you?' })
  expect((await stream.finalResponse()).output).toMatchObject([{ content: [{ text: 'Fine, thanks.' }] }])
  const tools = [{ type: 'function' as const, name: 'weather', parameters: weather, strict: false }]
  const called = await client.responses.create({ model: 'gpt-5', input: 'Weather?', tools })
  const call = called.output.find((item) => item.type === 'function_call')
  expect(call).toMatchObject({ name: 'weather', arguments: '{"town":"Bern"}' })
  const output = { type: 'function_call_output' as const, call_id: call?.call_id ?? '', output: 'rain' }
  const input = [{ role: 'user' as const, content: 'Weather?' }, ...called.output, output]
  expect((await client.responses.create({ model: 'gpt-5', input, tools })).output_text).toBe('It rains.')
})

test("Anthropic's own client speaks messages with it", async () => {
  const server = await served({ script: script(), inject: 'never', numCtx: 8192 })
  const client = new Anthropic({ baseURL: server.url, authToken: 'local', apiKey: null, maxRetries: 0 })
  const asked = { model: 'claude-opus-9', max_tokens: 200 }
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'How are you?' }]
  const plain = await client.messages.create({ ...asked, messages })
  expect(plain.content).toMatchObject([{ type: 'text', text: 'Fine, thanks.' }])
  const stream = client.messages.stream({ ...asked, messages })
  expect(await stream.finalText()).toBe('Fine, thanks.')
  const tools = [{ name: 'weather', input_schema: weather }]
  const called = await client.messages.stream({ ...asked, messages, tools }).finalMessage()
  const use = called.content.find((block) => block.type === 'tool_use')
  expect(use).toMatchObject({ name: 'weather', input: { town: 'Bern' } })
  const result = { type: 'tool_result' as const, tool_use_id: use?.id ?? '', content: 'rain' }
  const rest = [
    ...messages,
    { role: 'assistant' as const, content: called.content },
    { role: 'user' as const, content: [result] },
  ]
  expect((await client.messages.create({ ...asked, messages: rest, tools })).content).toMatchObject([
    { text: 'It rains.' },
  ])
  expect((await client.messages.countTokens({ model: 'x', messages })).input_tokens).toBeGreaterThan(0)
  const listed = await client.models.list()
  expect(listed.data.map(({ id }) => id)).toContain('scripted:latest')
  const long = [{ role: 'user' as const, content: 'word '.repeat(20_000) }]
  await expect(client.messages.create({ ...asked, messages: long })).rejects.toThrow(
    /prompt is too long: \d+ tokens > 8192 maximum/,
  )
})
