import { request } from 'node:http'
import { expect, test } from 'vitest'
import { hold, reply } from './scripted-ollama.ts'
import { chat, chatBody, errorOf, events } from './ask.ts'
import { serve } from './serve.ts'

const call = { name: 'read_file', arguments: { path: 'a.ts' } }

test('a text reply is one event per chunk and a last one with the counts', async () => {
  const server = await serve({ script: [reply.text('It ', 'prints.')] })
  const answer = await chat(server)
  expect(answer).toMatchObject({ status: 200, type: 'application/x-ndjson', ending: 'end' })
  expect(events(answer)).toMatchObject([
    { model: 'scripted', message: { role: 'assistant', content: 'It ' }, done: false },
    { message: { content: 'prints.' }, done: false },
    {
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 7,
      eval_count: 3,
    },
  ])
  expect(server.violations).toEqual([])
})

test('neither status nor headers arrive before the first event', async () => {
  const before = hold()
  const server = await serve({ script: [reply.text(before, 'Now')] })
  let isAnswered = false
  const answered = new Promise<void>((resolve) => {
    const sent = request(`${server.url}/api/chat`, { method: 'POST', agent: false }, (response) => {
      isAnswered = true
      response.resume().on('end', resolve)
    })
    sent.end(JSON.stringify(chatBody()))
  })
  await before.reached
  // A round trip on another connection: whatever had been sent before it would be here by now.
  await fetch(`${server.url}/api/version`)
  expect(isAnswered).toBe(false)
  before.release()
  await answered
})

test('a hold in the middle keeps back what follows and nothing that came before', async () => {
  const middle = hold()
  const server = await serve({ script: [reply.text('one', middle, 'two')], writes: 'joined' })
  const response = await fetch(`${server.url}/api/chat`, { method: 'POST', body: JSON.stringify(chatBody()) })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const first = await reader?.read()
  expect(first?.value).toContain('"one"')
  await middle.reached
  middle.release()
  let rest = ''
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) rest += read.value
  expect(rest).toContain('"two"')
  expect(rest).toContain('"done":true')
})

test('angle brackets and ampersands are escaped as Go does', async () => {
  const server = await serve({ script: [reply.text('<a> & b\u2028')] })
  const { text } = await chat(server)
  expect(text).toContain(String.raw`"content":"\u003ca\u003e \u0026 b\u2028"`)
})

test('empty and zero fields are absent, and a message starts with its role and content', async () => {
  const server = await serve({ script: [reply.calls({ name: 'list_directory', arguments: {}, id: 'call_1' })] })
  const [first = '', last = ''] = (await chat(server)).text.split('\n')
  expect(first).toContain(
    '"message":{"role":"assistant","content":"","tool_calls":[{"id":"call_1","function":{"index":0,"name":"list_directory","arguments":{}}}]},"done":false}',
  )
  expect(first).not.toMatch(/done_reason|_count|_duration|thinking/)
  expect(last).toContain(
    '"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":',
  )
})

test('the model is echoed as it was sent', async () => {
  const server = await serve({ script: [reply.text('x')] })
  const [first] = events(await chat(server, { model: 'SCRIPTED:latest:local' }))
  expect(first?.model).toBe('SCRIPTED:latest:local')
})

test('each call has a random id of its own', async () => {
  const server = await serve({ script: [reply.calls(call, call)] })
  const calls = events(await chat(server))[0]?.message?.tool_calls ?? []
  expect(calls.map(({ id }) => id)).toEqual([
    expect.stringMatching(/^call_[a-z0-9]{8}$/),
    expect.stringMatching(/^call_/),
  ])
  expect(calls[0]?.id).not.toBe(calls[1]?.id)
  expect(calls.map(({ function: { index } = {} }: { function?: { index?: number } }) => index)).toEqual([0, 1])
})

test.each([
  ['builtin', [1, 0]],
  ['native', [0, 1]],
  ['harmony', [0, 1]],
] as const)('a %s model puts its calls where they belong', async (calls, counts) => {
  const server = await serve({
    models: [{ name: 'scripted', calls }],
    script: [[...reply.text('Reading.'), ...reply.calls(call)]],
  })
  const [, ...after] = events(await chat(server))
  const found = after.map(({ message, done }) => [done, message?.tool_calls?.length ?? 0])
  expect(found).toEqual(
    calls === 'builtin'
      ? [
          [false, counts[0]],
          [true, counts[1]],
        ]
      : [[true, counts[1]]],
  )
})

test('calls can be put into the last chunk of any model', async () => {
  const server = await serve({ script: [reply.lastCalls(call)] })
  expect(events(await chat(server))).toMatchObject([
    { done: true, message: { tool_calls: [{ function: { index: 0, ...call } }] } },
  ])
})

test('without a stream everything is gathered in one object', async () => {
  const script = [[...reply.text('a', 'b'), ...reply.calls(call), ...reply.calls(call)]]
  const server = await serve({ script, strict: false })
  const answer = await chat(server, { stream: false })
  expect(answer.type).toBe('application/json; charset=utf-8')
  expect(answer.text).not.toContain('thinking')
  expect(events(answer)).toMatchObject([{ done: true, message: { content: 'ab', tool_calls: [{}, {}] } }])
})

test('thinking comes apart from the content', async () => {
  const models = [{ name: 'scripted', capabilities: ['completion', 'thinking'] }]
  const server = await serve({ models, script: [[...reply.thinking('Hm.'), ...reply.text('So.')]] })
  expect(events(await chat(server, { think: true })).map(({ message }) => message)).toEqual([
    { role: 'assistant', content: '', thinking: 'Hm.' },
    { role: 'assistant', content: 'So.' },
    { role: 'assistant', content: '' },
  ])
})

test('the last object can have a reason, content and counts of its own', async () => {
  const script = [
    [...reply.text('a'), ...reply.done({ reason: 'length', text: '{"name"', promptTokens: 2050, outputTokens: 9 })],
  ]
  const [, end] = events(await chat(await serve({ script })))
  expect(end).toMatchObject({
    message: { content: '{"name"' },
    done: true,
    done_reason: 'length',
    prompt_eval_count: 2050,
    eval_count: 9,
  })
})

test('a swallowed reply spends tokens and says nothing', async () => {
  const server = await serve({ script: [reply.empty(40)] })
  expect(events(await chat(server))).toMatchObject([
    { message: { content: '' }, done: true, done_reason: 'stop', eval_count: 40 },
  ])
})

test('an error before the first event is a status', async () => {
  const server = await serve({ script: [reply.error(500, 'XML syntax error on line 7'), reply.busy()] })
  expect(errorOf(await chat(server))).toEqual([500, 'XML syntax error on line 7'])
  expect(errorOf(await chat(server))).toEqual([
    503,
    'server busy, please try again.  maximum pending requests exceeded',
  ])
})

test('an error after the first event is a line under status 200, and the stream ends', async () => {
  const server = await serve({ script: [reply.errorLine('unexpected EOF', 'Let me ')] })
  const answer = await chat(server)
  expect(answer).toMatchObject({ status: 200, ending: 'end' })
  expect(events(answer)).toMatchObject([{ message: { content: 'Let me ' } }, { error: 'unexpected EOF' }])
})

test('a broken reply ends without its last object', async () => {
  const server = await serve({ script: [reply.broken('half an ans')] })
  const answer = await chat(server)
  expect(answer).toMatchObject({ status: 200, ending: 'end' })
  expect(events(answer).some(({ done }) => done)).toBe(false)
})

test('without a stream a broken reply is one object that is not done', async () => {
  const server = await serve({ script: [reply.broken('half')], strict: false })
  expect(events(await chat(server, { stream: false }))).toMatchObject([{ message: { content: 'half' }, done: false }])
})

test('a reset connection ends in an error, before or after the first event', async () => {
  const server = await serve({ script: [reply.reset('half'), reply.reset()] })
  expect((await chat(server)).ending).toBe('ECONNRESET')
  await expect(chat(server)).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(server.cancellations).toBe(0)
})

test('a redirect and raw bytes reach the client as they are', async () => {
  const server = await serve({
    script: [reply.redirect('http://example.com/'), [...reply.raw('not json\n'), ...reply.broken()]],
  })
  expect((await chat(server)).status).toBe(307)
  expect((await chat(server)).text).toBe('not json\n')
})

test('a reply ends where num_predict ends, and a call that is cut off is lost', async () => {
  const script = [[...reply.text('12345678'), ...reply.calls(call)], reply.text('äöüäöüäöü')]
  const server = await serve({ script })
  const options = { num_ctx: 8192, num_predict: 3 }
  const [text, end, ...more] = events(await chat(server, { options }))
  expect([text?.message?.content, end?.done_reason, end?.eval_count, more]).toEqual(['12345678', 'length', 3, []])
  const [cut] = events(await chat(server, { options }))
  expect(cut?.message?.content).toBe('äöüäöü')
})
