import { expect, test } from 'vitest'
import { reply, type ScriptedOllamaOptions } from './scripted-ollama.ts'
import { chat, errorOf, events } from './ask.ts'
import { serve } from './serve.ts'

const user = (content: string) => ({ role: 'user', content })
const long = 'x'.repeat(4000)
const options = { num_ctx: 512, num_predict: 64 }

const silentCut: ScriptedOllamaOptions = {
  strict: false,
  script: (_, { shown }) => reply.text(shown.map(({ content }) => content[0]).join('')),
}

test('a prompt that fits is counted, about four bytes to a token', async () => {
  const server = await serve({ script: [reply.text('x')] })
  const [, end] = events(await chat(server, { messages: [user('ä'.repeat(200))], options }))
  expect(end?.prompt_eval_count).toBe(103)
})

test('truncate false refuses a prompt as long as the window, with the sizes in nested JSON', async () => {
  const server = await serve()
  const [status, error] = errorOf(await chat(server, { messages: [user(long)], options }))
  expect(status).toBe(400)
  expect(JSON.parse(error)).toEqual({
    error: {
      code: 400,
      message: 'request (1003 tokens) exceeds the available context size (512 tokens), try increasing it',
      type: 'exceed_context_size_error',
      n_prompt_tokens: 1003,
      n_ctx: 512,
    },
  })
})

test.each([
  ['plain', /^the prompt is longer than the context length currently available/],
  ['mlx', /^input length \(1003 tokens\) exceeds the model's maximum context length \(512 tokens\)$/],
  ['old', /^the input length exceeds the context length$/],
] as const)('the refusal can have the %s spelling', async (overflow, text) => {
  const server = await serve({ overflow })
  const [status, error] = errorOf(await chat(server, { messages: [user(long)], options }))
  expect([status, error]).toEqual([400, expect.stringMatching(text)])
})

test('by default the oldest messages go silently; system messages and the last one stay', async () => {
  const server = await serve(silentCut)
  const messages = [{ role: 'system', content: 'S' }, user('A task'), user(`B${'x'.repeat(2000)}`), user('Last')]
  const [shown, end] = events(await chat(server, { messages, truncate: undefined, options }))
  expect(shown?.message?.content).toBe('SBL')
  expect(end?.prompt_eval_count).toBeLessThan(512)
})

test.each([
  [4096, 2050],
  [65_536, 32_770],
])('a last message over %i tokens is cut to %i of them', async (num_ctx, count) => {
  const server = await serve({ ...silentCut, models: [{ name: 'scripted', contextLength: 131_072 }] })
  const messages = [user('x'.repeat(num_ctx * 5))]
  const end = events(await chat(server, { messages, truncate: true, options: { num_ctx } })).at(-1)
  expect(end?.prompt_eval_count).toBe(count)
})

test('a prompt that is too long is refused without shift', async () => {
  const server = await serve(silentCut)
  const [status, error] = errorOf(await chat(server, { messages: [user(long)], truncate: true, shift: false, options }))
  expect([status, error]).toEqual([400, expect.stringContaining('shorten the prompt')])
})

test.each([
  [246, 200],
  [255, 200],
  [256, 400],
])('a window of 200 tokens is one of 256: %i tokens are answered with %i', async (tokens, status) => {
  const server = await serve({ script: [reply.text('x')] })
  const content = 'x'.repeat(tokens * 4 - '<|user|>\n'.length)
  const answer = await chat(server, { messages: [user(content)], options: { num_ctx: 200, num_predict: 9 } })
  expect([answer.status, answer.text.includes('(256 tokens) exceeds')]).toEqual([status, status === 400])
})

test('earlier thinking is shown to the model only since the last user message', async () => {
  const server = await serve({ script: () => reply.text('x') })
  const call = { id: 'call_1', function: { name: 'a', arguments: {} } }
  const thought = { role: 'assistant', content: '', thinking: 'x'.repeat(4000), tool_calls: [call] }
  const loop = [user('q'), thought, { role: 'tool', content: 'x', tool_name: 'a', tool_call_id: 'call_1' }]
  const counts = []
  for (const messages of [loop, [...loop, user('next')]]) {
    counts.push(events(await chat(server, { messages })).at(-1)?.prompt_eval_count)
  }
  expect(counts[0]).toBeGreaterThan(1000)
  expect(counts[1]).toBeLessThan(100)
})

test('a native model is refused where another is cut', async () => {
  const server = await serve({ ...silentCut, models: [{ name: 'scripted', calls: 'native' }] })
  const [status, error] = errorOf(await chat(server, { messages: [user(long)], truncate: true, options }))
  expect([status, error]).toEqual([400, expect.stringContaining('exceed_context_size_error')])
})

test('what the cache holds is counted and costs no time', async () => {
  const server = await serve({ script: () => reply.text('x') })
  const first = [user('word '.repeat(400))]
  const ends = []
  for (const messages of [first, [...first, { role: 'assistant', content: 'x' }, user('more')]]) {
    ends.push(events(await chat(server, { messages })).at(-1))
  }
  expect(ends[1]?.prompt_eval_count).toBeGreaterThan(Number(ends[0]?.prompt_eval_count))
  expect(ends[1]?.prompt_eval_duration).toBeLessThan(Number(ends[0]?.prompt_eval_duration) / 10)
})
