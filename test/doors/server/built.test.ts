import { readFileSync } from 'node:fs'
import { type Socket, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { started } from '../../clients/started.ts'
import type { ScriptedReply } from '../../scripted-ollama/reply.ts'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { eventsOf } from './served.ts'

const serving = async (script: (asked: string) => ScriptedReply, args: string[] = []) =>
  started({
    cwd: temporaryFolder({ 'a.txt': 'one\n' }).root,
    script: ({ messages }) => script(messages.at(-1)?.content ?? ''),
    args: ['--inject', 'never', ...args],
    ollama: { parallel: 40 },
  })

/** The program gets bytes as they are. Gives what it answers until it closes the connection. */
function sent(url: string, bytes: string, more?: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
      socket.write(bytes)
      more?.(socket)
    })
    onTestFinished(() => void socket.destroy())
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })
}

const body = '{"messages":[{"role":"user","content":"hi"}]}'
const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
const length = `Content-Length: ${body.length}\r\n`
const hidden = `${head}${length}\r\n${body}`
const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`

/** Each could be two requests to one reader and one to another. */
const ambiguous: [what: string, bytes: string][] = [
  ['a length beside chunks', `${head}${length}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
  ['chunks beside a length', `${head}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${chunked}${hidden}`],
  ['two lengths', `${head}Content-Length: 2\r\nContent-Length: ${2 + hidden.length}\r\n\r\n{}${hidden}`],
  ['one length twice', `${head}${length}${length}\r\n${body}${hidden}`],
  ['a list of lengths', `${head}Content-Length: 2, 2\r\n\r\n{}${hidden}`],
  ['a length with a sign', `${head}Content-Length: +${body.length}\r\n\r\n${body}${hidden}`],
  ['a length in hexadecimal', `${head}Content-Length: 0x2\r\n\r\n{}${hidden}`],
  ['a length below zero', `${head}Content-Length: -1\r\n\r\n${hidden}`],
  ['lines that end in a bare LF', `${head}${length}\r\n`.replaceAll('\r\n', '\n') + body + hidden],
  ['a head that ends in a bare LF', `${head}${length}\n${body}${hidden}`],
  ['a bare CR in a line', `${head}X: a\rTransfer-Encoding: chunked\r\n${length}\r\n${body}${hidden}`],
  ['a space before a colon', `${head}Transfer-Encoding : chunked\r\n\r\n${chunked}${hidden}`],
  ['a line that is folded', `${head}X: a\r\n Transfer-Encoding: chunked\r\n${length}\r\n${body}${hidden}`],
  ['an unknown encoding', `${head}Transfer-Encoding: xchunked\r\n\r\n${chunked}${hidden}`],
  ['an encoding after chunks', `${head}Transfer-Encoding: chunked, identity\r\n\r\n${chunked}${hidden}`],
  ['a size of a chunk that is no number', `${head}Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n${hidden}`],
  [
    'a chunk that is longer than it says',
    `${head}Transfer-Encoding: chunked\r\n\r\n1\r\n${body}\r\n0\r\n\r\n${hidden}`,
  ],
  ['chunks that end in a bare LF', `${head}Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n${hidden}`],
]

test('a request that another reader would take for two is refused, and what it hides never reaches the model', async () => {
  const { url, ollama } = await serving(() => reply.text('Fine.'), ['--parallel', '40'])
  const said = await Promise.all(
    ambiguous.map(async ([what, bytes]) => [what, (await sent(url, bytes)).match(/^HTTP\/1\.1 \d+/gm) ?? []] as const),
  )
  expect(said).toEqual(ambiguous.map(([what]) => [what, ['HTTP/1.1 400']]))
  expect(ollama.requests).toHaveLength(0)
})

const endless = `100000\r\n${' '.repeat(0x10_0000)}\r\n`

test('heads and bodies that never end are ended, at little cost, while others are answered', async () => {
  const { url, child } = await serving(() => reply.text('Fine.'))
  const writeOn = (piece: string, pause: number) => (socket: Socket) => {
    const timer = setInterval(() => socket.write(piece), pause)
    socket.on('close', () => clearInterval(timer))
  }
  const heads = await Promise.all([
    sent(url, `${head}X: ${'a'.repeat(1_000_000)}\r\n\r\n`),
    sent(url, `${head}${`X: ${'a'.repeat(500)}\r\n`.repeat(40)}\r\n`),
    sent(url, `POST /${'a'.repeat(1_000_000)} HTTP/1.1\r\n\r\n`),
  ])
  for (const text of heads) expect(text).toMatch(/^$|^HTTP\/1\.1 431 /)
  const bodies = await Promise.all([
    sent(url, `${head}Transfer-Encoding: chunked\r\n\r\n`, writeOn(endless, 1)),
    sent(url, `${head}Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(1_000_000)}\r\n`),
    sent(url, `${head}Content-Length: 99999999999\r\n\r\n`, writeOn(endless, 1)),
  ])
  for (const text of bodies) expect(text).toMatch(/^$|^HTTP\/1\.1 413 /)
  const asked = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(asked.status).toBe(200)
  if (process.platform === 'linux') {
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
    expect(peak).toBeLessThan(300_000)
  }
})

type Said = { status: number; text: string; last: unknown }

const look = {
  name: 'look',
  description: 'Looks.',
  parameters: { type: 'object', properties: { at: { type: 'string' } } },
}

/** What each dialect is asked with, and how it says the same things. */
const dialects = {
  chat: {
    path: '/v1/chat/completions',
    ask: (content: string) => ({
      messages: [{ role: 'user', content }],
      tools: [{ type: 'function', function: look }],
    }),
    whole: /\[DONE\]/,
    failed: /^\{"error":\{"message":"[^"]+.*"type":"server_error"/,
    cut: /"finish_reason":"length"/,
    call: /"tool_calls":\[[^]*"finish_reason":"tool_calls"/,
    tooLong: (tokens: number) => ({
      error: {
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
        param: 'messages',
        message: `This model's maximum context length is 2048 tokens. However, your messages resulted in ${tokens} tokens.`,
      },
    }),
  },
  messages: {
    path: '/v1/messages',
    ask: (content: string) => ({
      max_tokens: 500,
      messages: [{ role: 'user', content }],
      tools: [{ name: look.name, description: look.description, input_schema: look.parameters }],
    }),
    whole: /message_stop/,
    failed: /^\{"type":"error","error":\{"type":"api_error","message":"[^"]/,
    cut: /"stop_reason":"max_tokens"/,
    call: /"type":"tool_use"[^]*"name":"look"/,
    tooLong: (tokens: number) => ({
      type: 'error',
      error: { type: 'invalid_request_error', message: `prompt is too long: ${tokens} tokens > 2048 maximum` },
    }),
  },
  responses: {
    path: '/v1/responses',
    ask: (content: string) => ({ input: content, tools: [{ type: 'function', ...look }] }),
    whole: /response\.(?:completed|incomplete)"/,
    failed:
      /^\{"error":\{"message":"[^"]+.*"type":"server_error"|"type":"response\.failed".*"code":"server_error","message":"[^"]/,
    cut: /"incomplete_details":\{"reason":"max_output_tokens"\}/,
    call: /"type":"function_call"[^]*"name":"look"/,
    tooLong: (tokens: number) => ({
      error: {
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
        message: `This model's maximum context length is 2048 tokens. However, your messages resulted in ${tokens} tokens.`,
      },
    }),
  },
} as const

type Name = keyof typeof dialects
const names = Object.keys(dialects) as Name[]
const forms = names.flatMap((name) => [false, true].map((stream) => ({ name, stream })))

async function said(url: string, { name, stream }: { name: Name; stream: boolean }, content: string): Promise<Said> {
  const response = await fetch(`${url}${dialects[name].path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...dialects[name].ask(content), stream }),
  })
  const text = await response.text()
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  return { status: response.status, text, last: isStream ? eventsOf(text).at(-1) : JSON.parse(text) }
}

const call = '<tool_call>\n{"name": "look", "arguments": {"at": "a"}}\n</tool_call>'

const troubles: Record<string, ScriptedReply> = {
  'a failure': reply.error(500, 'CUDA error'),
  'no memory': reply.error(500, 'model requires more system memory (9.1 GiB) than is available (3.2 GiB)'),
  'no graphics memory': reply.error(500, 'llama runner process has terminated: cudaMalloc failed: out of memory'),
  elsewhere: reply.redirect('http://127.0.0.1:9/api/chat'),
  'an error in the middle': reply.errorLine('llama runner process has terminated', 'Half an'),
  'an end in the middle': reply.broken('Half an'),
  'a reset in the middle': reply.reset('Half an'),
  nothing: reply.empty(),
  'a call as text': reply.text(call),
}

test('whatever the engine does, each client hears it in its own words, and half an answer never looks whole', {
  timeout: 120_000,
}, async () => {
  const { url } = await serving((asked) => troubles[asked] ?? reply.text('Fine.'), ['--parallel', '60'])
  const asked = Object.keys(troubles).flatMap((trouble) => forms.map((form) => ({ trouble, ...form })))
  const all = await Promise.all(asked.map(async (one) => ({ ...one, ...(await said(url, one, one.trouble)) })))
  const wanted = asked.map(({ trouble, ...form }) => ({ trouble, ...form, end: endings[trouble] ?? 'failed' }))
  expect(all.map(({ trouble, name, stream, ...rest }) => ({ trouble, name, stream, end: endOf(name, rest) }))).toEqual(
    wanted,
  )
  // What is still on its way when a connection is reset may be lost with it.
  const halves = all.filter(
    ({ trouble, stream }) => stream && trouble.endsWith('middle') && trouble !== 'a reset in the middle',
  )
  expect(halves.filter(({ text }) => !text.includes('Half an'))).toEqual([])
})

const endings: Record<string, string> = { nothing: 'cut', 'a call as text': 'called' }

/** How an answer ended, or what was said in its place. */
function endOf(name: Name, { status, text, last }: Said): string {
  const { failed, whole, cut, call: called } = dialects[name]
  // Only what had begun has another status.
  if (failed.test(JSON.stringify(last)) && !whole.test(text) && status === (text.startsWith('{') ? 503 : 200))
    return 'failed'
  if (status === 200 && called.test(text) && !text.includes('<tool_call>')) return 'called'
  if (status === 200 && cut.test(text) && text.includes('the model gave no usable answer')) return 'cut'
  return `${status} ${text}`
}

test.each(names)(
  'what came before the engine lost its connection reaches a client of %s, and then the error',
  async (name) => {
    const { path, ask, whole } = dialects[name]
    const wait = hold()
    const { url } = await serving(() => reply.reset('Half an', wait))
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ask('hi'), stream: true }),
    })
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString()
      if (text.includes('Half an')) wait.release()
    }
    expect(text).toMatch(/Half an[^]*The answer broke off: the connection was lost/)
    expect(text).not.toMatch(whole)
  },
)

test('a prompt that is too long by one token or a hundred times is refused in the words of each client', async () => {
  const { url, ollama } = await serving(() => reply.text('Fine.'), ['--num-ctx', '2048', '--parallel', '10'])
  const form = { name: 'messages', stream: false } as const
  // The longest prompt that fits, and the one that does not by a token.
  let [fits, tooLong] = [100, 20_000]
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2)
    if ((await said(url, form, 'x'.repeat(middle))).status === 200) fits = middle
    else tooLong = middle
  }
  const heard = ollama.requests.length
  for (const one of forms) {
    const { tooLong: refused } = dialects[one.name]
    const byOne = await said(url, one, 'x'.repeat(tooLong))
    expect({ ...one, ...byOne }).toMatchObject({ ...one, status: 400, last: refused(2049) })
    const many = await said(url, one, 'word '.repeat(200_000))
    const counted = Number(/(\d{6}) tokens/.exec(many.text)?.[1])
    expect({ ...one, ...many }).toMatchObject({ ...one, status: 400, last: refused(counted) })
    const fitting = await said(url, one, 'x'.repeat(fits))
    expect({ ...one, ...fitting }).toMatchObject({ ...one, status: 200 })
  }
  expect(ollama.requests.length - heard).toBeGreaterThanOrEqual(forms.length)
})
