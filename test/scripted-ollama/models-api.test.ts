import { expect, test } from 'vitest'
import { reply, type ScriptedOllama } from './scripted-ollama.ts'
import { chat, errorOf, events, exchange, getJson } from './ask.ts'
import { serve } from './serve.ts'

const stub = { name: 'mine:latest', remote: { host: 'https://ollama.com:443', model: 'gpt-oss:120b' } }

async function show(server: ScriptedOllama, model: string): Promise<Record<string, unknown>> {
  return JSON.parse((await exchange(server, { path: '/api/show', body: { model } })).text) as Record<string, unknown>
}

test('version, status and the root say what Ollama says', async () => {
  const server = await serve({ version: '0.20.0' })
  expect(await getJson(server, '/api/version')).toEqual({ version: '0.20.0' })
  expect(await getJson(server, '/api/status')).toEqual({ cloud: { disabled: false, source: 'none' } })
  expect((await exchange(server, { method: 'GET', path: '/' })).text).toBe('Ollama is running')
})

test('show has the capabilities, the trained length and the parameters as text', async () => {
  const models = [
    { name: 'qwen3:8b', contextLength: 40_960, numCtx: 16_384, capabilities: ['completion', 'tools', 'thinking'] },
  ]
  expect(await show(await serve({ models }), 'qwen3:8b')).toMatchObject({
    capabilities: ['completion', 'tools', 'thinking'],
    parameters: expect.stringMatching(/^num_ctx {2,}16384$/m),
    modelfile: expect.stringMatching(/^PARSER qwen3$/m),
    model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 40_960 },
    details: { format: 'gguf' },
  })
})

test('show of a missing model has its full tag', async () => {
  const answer = await exchange(await serve(), { path: '/api/show', body: { model: 'nosuch' } })
  expect(errorOf(answer)).toEqual([404, "model 'nosuch:latest' not found"])
})

test('tags lists what is installed, a stub among it', async () => {
  const { models } = await getJson(
    await serve({ models: [{ name: 'qwen3:8b', digest: 'abc', size: 7 }, stub] }),
    '/api/tags',
  )
  expect(models).toMatchObject([
    { name: 'qwen3:8b', model: 'qwen3:8b', digest: 'abc', size: 7, capabilities: ['completion', 'tools'] },
    { name: 'mine:latest', remote_host: 'https://ollama.com:443', remote_model: 'gpt-oss:120b' },
  ])
})

test('tags says less than show of a model whose template only llama.cpp reads', async () => {
  const server = await serve({ models: [{ name: 'hf', calls: 'native' }] })
  expect(await getJson(server, '/api/tags')).toMatchObject({ models: [{ capabilities: ['completion'] }] })
  expect(await show(server, 'hf')).toMatchObject({
    capabilities: ['tools', 'completion'],
    template: expect.stringContaining('{%'),
  })
})

test('a stub shows where it leads, and its replies do too', async () => {
  const server = await serve({ models: [stub], script: [reply.text('far')] })
  expect(await show(server, 'mine')).toMatchObject({
    remote_host: 'https://ollama.com:443',
    remote_model: 'gpt-oss:120b',
  })
  expect(events(await chat(server, { model: 'mine' }))[0]).toMatchObject({ remote_host: 'https://ollama.com:443' })
})

test('a stub asked for as local is not found', async () => {
  const server = await serve({ models: [stub] })
  expect(errorOf(await chat(server, { model: 'mine:local' }))).toEqual([404, "model 'mine:local' not found"])
})

test.each([
  ['0.32.15', 'scripted:local', 200],
  ['0.17.6', 'scripted:latest:local', 200],
  ['0.17.5', 'scripted:local', 404],
  ['0.17.5', 'scripted:latest:local', 400],
  ['0.32.15', 'scripted:cloud:local', 400],
])('a %s server answers %s with %i', async (version, model, status) => {
  const server = await serve({ version, script: () => reply.text('x') })
  expect((await chat(server, { model })).status).toBe(status)
})

test.each(['gpt-oss:120b:cloud', 'gpt-oss:120b-cloud', 'gpt-oss:120b-CLOUD'])(
  '%s is passed on without a stub of that name',
  async (model) => {
    const server = await serve({ models: [stub], script: [reply.text('far')] })
    expect(events(await chat(server, { model }))[0]?.message?.content).toBe('far')
  },
)

test.each([
  ['signed-out', 401, 'unauthorized'],
  ['disabled', 403, 'ollama cloud is disabled: remote model is unavailable'],
  ['unreachable', 502, expect.stringContaining('https://ollama.com:443/api/chat')],
] as const)('with the cloud %s a cloud model is refused', async (cloud, status, error) => {
  const server = await serve({ models: [stub], cloud })
  for (const model of ['mine', 'other:cloud']) {
    const answer = await chat(server, { model })
    expect(errorOf(answer)).toEqual([status, error])
    expect(answer.text.includes('signin_url')).toBe(status === 401)
  }
})
