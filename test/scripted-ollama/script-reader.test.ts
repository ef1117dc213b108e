import { expect, test } from 'vitest'
import { reply } from './scripted-ollama.ts'
import { chat, errorOf, events } from './ask.ts'
import { serve } from './serve.ts'

test('replies are given in order, fixed ones and made ones', async () => {
  const server = await serve({
    script: [reply.text('fixed'), ({ messages }) => reply.text(messages[0]?.content ?? '')],
  })
  const said = []
  for (const _ of [1, 2]) said.push(events(await chat(server))[0]?.message?.content)
  expect(said).toEqual(['fixed', 'What does main do?'])
})

test('one function answers every request by what it holds', async () => {
  const server = await serve({ script: (request) => reply.text(request.format ? 'json' : 'prose'), parallel: 4 })
  const answers = await Promise.all([chat(server, { format: 'json' }), chat(server)])
  expect(answers.map((answer) => events(answer)[0]?.message?.content)).toEqual(['json', 'prose'])
})

test('a request beyond the script is named', async () => {
  const server = await serve({ script: [reply.text('only')] })
  await chat(server)
  const [status, error] = errorOf(await chat(server, { format: 'json' }))
  expect(status).toBe(500)
  expect(error).toBe(
    'the script has 1 replies and none for this request with 1 messages and a format, the last by user: "What does main do?"',
  )
  expect(server.violations).toEqual([error])
})

test('a script that throws answers with what it threw', async () => {
  const script = () => {
    throw new Error('no such unit')
  }
  const server = await serve({ script })
  expect(errorOf(await chat(server))).toEqual([500, 'the script failed: Error: no such unit'])
  expect(server.violations).toEqual(['the script failed: Error: no such unit'])
})

test('every chat request is kept as it was sent, and every request is in the log', async () => {
  const server = await serve({ script: [reply.text('x')] })
  await fetch(`${server.url}/api/version`)
  await chat(server, { think: 'x' })
  await chat(server)
  expect(server.requests).toMatchObject([{ model: 'scripted', think: false, options: { num_ctx: 8192 } }])
  expect(server.log.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
    'GET /api/version 200',
    'POST /api/chat 400',
    'POST /api/chat 200',
  ])
})
