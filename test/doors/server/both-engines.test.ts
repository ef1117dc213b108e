import { describe, expect, test } from 'vitest'
import { type ScriptSource, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { serve } from '../../scripted-ollama/serve.ts'
import { serveOpenAi } from '../../scripted-openai/scripted-openai.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { eventsOf, served } from './served.ts'

describe.each([
  ['an Ollama server', async (script: ScriptSource) => serve({ script })],
  ['an OpenAI-compatible server', async (script: ScriptSource) => serveOpenAi({ script })],
])('in front of %s', (_, start) => {
  test('the tools are run here, and their steps shown as reasoning', async () => {
    const { root } = temporaryFolder({ 'a.ts': 'export const timeout = 30\n' })
    const engine = await start([
      reply.calls({ name: 'read_file', arguments: { path: 'a.ts' } }),
      reply.text('The timeout ', 'is 30.'),
    ])
    const server = await served({ root, host: engine.url })
    const messages = [{ role: 'user', content: 'What is the timeout?' }]
    const { status, text } = await server.post('/v1/chat/completions', { model: 'any', messages, stream: true })
    expect(status).toBe(200)
    const deltas = eventsOf(text).flatMap((event) => {
      const { choices = [] } = event as { choices?: { delta: { content?: string; reasoning?: string } }[] }
      return choices.map(({ delta }) => delta)
    })
    expect(deltas.map(({ content = '' }) => content).join('')).toBe('The timeout is 30.')
    expect(deltas.map(({ reasoning = '' }) => reasoning).join('')).toContain('read_file')
    expect(engine.requests[1]?.messages.at(-1)?.content).toContain('export const timeout = 30')
  })

  test('the model is listed with its window, and health says that it can be reached', async () => {
    const engine = await start([])
    const server = await served({ host: engine.url })
    const { json } = await server.get('/v1/models')
    const [first] = (json as { data: { context_length: number }[] }).data
    expect(first?.context_length).toBeGreaterThan(2000)
    expect((await server.get('/health')).status).toBe(200)
  })
})
