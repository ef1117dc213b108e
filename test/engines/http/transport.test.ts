import type { Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { LocalBrainError } from '../../../src/errors.ts'
import { defaultBudgets, type Budgets, type Call } from '../../../src/engines/http/link.ts'
import { createTransport, type Transport } from '../../../src/engines/http/transport.ts'
import { readReply } from '../../../src/engines/ollama/reply.ts'
import { wireError } from '../../../src/engines/ollama/wire-error.ts'
import { chunk, event, raw, serveBytes, serveHttp, streamEnd, streamHead, type TestServer } from '../http-server.ts'

let server: TestServer
let transport: Transport<unknown>
afterEach(async () => {
  vi.unstubAllEnvs()
  transport.close()
  await server.close()
})

const protocol = { read: readReply, fail: wireError }
const never = new AbortController().signal
/** The standalone binary sends requests in another way, which CI tries with these tests too: `bun --bun vitest`. */
const isBun = process.versions['bun'] !== undefined
/** With or without a word about it, which may be a reset. */
const closed = (socket: Socket) => new Promise((resolve) => void socket.on('error', () => {}).once('close', resolve))

function connect(budgets: Partial<Budgets> = {}): Transport<unknown> {
  return createTransport({ url: server.url, protocol, budgets: { ...defaultBudgets, ...budgets } })
}

/** Streams one reply and returns the texts of its events. */
async function stream(call: Partial<Call> = {}, seen: (text: string) => void = () => {}): Promise<string[]> {
  return transport.exchange({ signal: never, ...call }, async (send) => {
    const fetch = send as unknown as typeof globalThis.fetch
    const response = await fetch(`${server.url}/api/chat`, { method: 'POST', body: '{"prompt":"secret"}', headers: {} })
    const reader = response.body!.getReader()
    const texts: string[] = []
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return texts
      const { message } = JSON.parse(new TextDecoder().decode(value)) as { message: { content: string } }
      texts.push(message.content)
      seen(message.content)
    }
  })
}

async function failure(promise: Promise<unknown>): Promise<LocalBrainError> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(LocalBrainError)
  return error as LocalBrainError
}

test('passes on every event, whatever the chunks cut through', async () => {
  const text = event('Gr\u00fc\u00dfe \u{1f600}') + event('two') + event('', { done: true })
  server = await serveBytes((socket) => {
    socket.write(streamHead)
    for (const byte of Buffer.from(text)) socket.write(chunk(Buffer.from([byte])))
    socket.write(streamEnd)
  })
  transport = connect()
  expect(await stream()).toEqual(['Gr\u00fc\u00dfe \u{1f600}', 'two', ''])
})

test('takes a last event without a line break', async () => {
  server = await serveHttp((_, response) => {
    response.setHeader('content-type', 'application/x-ndjson')
    response.end(event('a') + event('b', { done: true }).trimEnd())
  })
  transport = connect()
  expect(await stream()).toEqual(['a', 'b'])
})

test('uses one connection for call after call', async () => {
  server = await serveHttp((_, response) => {
    response.setHeader('content-type', 'application/x-ndjson')
    response.write(event('a'))
    response.end(event('b', { done: true }))
  })
  transport = connect()
  for (let call = 0; call < 5; call += 1) await stream()
  expect(server.connections()).toBe(isBun ? 5 : 1)
})

test('keeps a complete answer when the server never ends the reply, and closes that connection', async () => {
  server = await serveBytes((socket) => socket.write(raw(streamHead, chunk(event('all', { done: true })))))
  transport = connect()
  expect(await stream()).toEqual(['all'])
  for (const socket of server.sockets) await closed(socket)
})

test('an abort before the reply begins closes the connection and rejects with its reason', async () => {
  const controller = new AbortController()
  const reason = new Error('the person pressed Ctrl-C')
  let ended: Promise<unknown> | undefined
  server = await serveBytes((socket) => {
    ended = closed(socket)
    controller.abort(reason)
  })
  transport = connect()
  await expect(stream({ signal: controller.signal })).rejects.toBe(reason)
  await ended
})

test('an abort within the reply closes the connection and rejects with its reason', async () => {
  const controller = new AbortController()
  server = await serveBytes((socket) => socket.write(raw(streamHead, chunk(event('a')))))
  transport = connect()
  await expect(stream({ signal: controller.signal }, () => controller.abort('enough'))).rejects.toBe('enough')
  for (const socket of server.sockets) await closed(socket)
})

test('an aborted signal sends nothing', async () => {
  server = await serveHttp((_, response) => response.end())
  transport = connect()
  await expect(stream({ signal: AbortSignal.abort('no') })).rejects.toBe('no')
  expect(server.connections()).toBe(0)
})

test('a consumer that leaves in the middle closes the connection', async () => {
  server = await serveBytes((socket) => socket.write(raw(streamHead, chunk(event('a')))))
  transport = connect()
  const leave = new Error('leaving')
  const seen = () => {
    throw leave
  }
  await expect(stream({}, seen)).rejects.toBe(leave)
  for (const socket of server.sockets) await closed(socket)
})

test('says while it waits how long it has waited', async () => {
  let answer = () => {}
  server = await serveHttp((_, response) => {
    answer = () => {
      response.setHeader('content-type', 'application/x-ndjson')
      response.end(event('at last', { done: true }))
    }
  })
  transport = connect({ tickMs: 2 })
  const waits: number[] = []
  const onWaiting = (elapsedMs: number) => {
    waits.push(elapsedMs)
    if (waits.length === 3) answer()
  }
  expect(await stream({ onWaiting })).toEqual(['at last'])
  expect(waits.length).toBeGreaterThanOrEqual(3)
  expect(waits).toEqual([...waits].sort((a, b) => a - b))
})

const broken: [name: string, ...bytes: (string | Buffer)[]][] = [
  ['ends before it was done', streamHead, chunk(event('half')), streamEnd],
  ['ends without an event', streamHead, streamEnd],
  ['holds a line of garbage', streamHead, chunk('{"message": oops}\n'), chunk(event('x', { done: true })), streamEnd],
  ['holds a line that is no object', streamHead, chunk('[1]\n'), chunk(event('x', { done: true })), streamEnd],
  ['ends within a character', streamHead, chunk(Buffer.from([0x22, 0xc3])), streamEnd],
  [
    'promises more bytes than it sends',
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n',
    event('half'),
  ],
]

test.each(broken)('a reply that %s is a broken stream', async (_, ...bytes) => {
  server = await serveBytes((socket) => socket.end(raw(...bytes)))
  transport = connect()
  expect((await failure(stream())).code).toBe('broken-stream')
})

test('a connection reset within the reply is a broken stream', async () => {
  server = await serveBytes((socket) => {
    socket.write(raw(streamHead, chunk(event('half'))), () => socket.resetAndDestroy())
  })
  transport = connect()
  expect((await failure(stream())).code).toBe('broken-stream')
})

test('an endless line is given up while it is read', async () => {
  server = await serveBytes((socket) => {
    socket.write(streamHead)
    const flood = () => {
      while (!socket.destroyed && socket.write(chunk('x'.repeat(65_536))));
    }
    socket.on('drain', flood)
    flood()
  })
  transport = connect()
  expect((await failure(stream())).message).toContain('a line is too long')
})

test('an endless stream of events is given up while it is read', async () => {
  const events = event('x'.repeat(60_000)).repeat(10)
  server = await serveBytes((socket) => {
    socket.write(streamHead)
    const flood = () => {
      while (!socket.destroyed && socket.write(chunk(events)));
    }
    socket.on('drain', flood)
    flood()
  })
  transport = connect()
  expect((await failure(stream())).message).toContain('it is too long')
})

test('an error line ends the call with what it says', async () => {
  server = await serveHttp((_, response) => {
    response.setHeader('content-type', 'application/x-ndjson')
    response.end(`${event('half')}{"error":"model runner has unexpectedly stopped"}\n`)
  })
  transport = connect()
  const error = await failure(stream())
  expect(error.code).toBe('server-failed')
  expect(error.message).toContain('unexpectedly stopped')
})

test('nothing listening is unreachable, and the address is named', async () => {
  server = await serveHttp(() => {})
  await server.close()
  transport = connect()
  const error = await failure(stream())
  expect(error).toMatchObject({ code: 'unreachable', message: `Cannot reach Ollama at ${server.url}` })
  expect(error.hint).toContain('ollama serve')
})

test('a server that takes the request and says nothing is a timeout', async () => {
  server = await serveBytes(() => {})
  transport = connect({ quickMs: 20 })
  expect((await failure(stream({ quick: true }))).code).toBe('timeout')
  for (const socket of server.sockets) await closed(socket)
})

test('a model that has not begun is waited for as long as the caller likes', async () => {
  server = await serveBytes(() => {})
  transport = connect({ connectMs: 20, quickMs: 20, idleMs: 20, tickMs: 10 })
  const onWaiting = (elapsedMs: number) => {
    if (elapsedMs > 200)
      for (const socket of server.sockets) socket.end(raw(streamHead, chunk(event('late', { done: true })), streamEnd))
  }
  expect(await stream({ onWaiting })).toContain('late')
})

test('what does not ask the model is not waited for as long as a model', async () => {
  server = await serveBytes((socket) => socket.write(raw(streamHead, chunk(event('a')))))
  transport = connect({ quickMs: 20 })
  expect((await failure(stream({ quick: true }))).code).toBe('timeout')
})

test('a server that falls silent within its reply is a timeout', async () => {
  server = await serveBytes((socket) => socket.write(raw(streamHead, chunk(event('a')))))
  transport = connect({ idleMs: 20 })
  const error = await failure(stream())
  expect(error.code).toBe('timeout')
  expect(error.message).toContain('sent nothing')
})

test('a connection closed before the reply begins is told apart from no server', async () => {
  server = await serveBytes((socket) => socket.resetAndDestroy())
  transport = connect()
  expect(await failure(stream())).toMatchObject({ code: 'server-failed', cause: { kind: 'died' } })
})

test('a redirect is not followed: the prompt goes to one address only', async () => {
  const prompts: string[] = []
  const other = await serveHttp((_, response, body) => {
    prompts.push(body)
    response.end()
  })
  server = await serveHttp((_, response) => response.writeHead(307, { location: other.url }).end())
  transport = connect()
  expect((await failure(stream())).message).toContain('redirects')
  expect(prompts).toEqual([])
  await other.close()
})

test('a proxy that the environment names gets nothing', async () => {
  const proxy = await serveHttp((_, response) => response.end())
  for (const name of ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']) vi.stubEnv(name, proxy.url)
  server = await serveHttp((_, response) => {
    response.setHeader('content-type', 'application/x-ndjson')
    response.end(event('a', { done: true }))
  })
  transport = connect()
  expect(await stream()).toEqual(['a'])
  expect(proxy.connections()).toBe(0)
  await proxy.close()
})

test('a request to another origin than its own is not sent', async () => {
  server = await serveHttp((_, response) => response.end())
  transport = createTransport({ url: 'http://127.0.0.1:9', protocol, budgets: defaultBudgets })
  await expect(stream()).rejects.toThrow('instead of http://127.0.0.1:9')
  expect(server.connections()).toBe(0)
})

const page = '<!doctype html><html><head><title>Hotel\u001b wifi</title></head><body><p>Room number?</p></body></html>'

test('a page that is not JSON is not taken for Ollama, and only its title is shown', async () => {
  server = await serveHttp((_, response) => response.setHeader('content-type', 'text/html').end(page))
  transport = connect()
  const error = await failure(stream())
  expect(error.message).toBe(`Ollama at ${server.url} does not answer like Ollama: text/html, Hotel\\u001b wifi`)
})

test('of a page with an error status only the title is shown', async () => {
  server = await serveHttp((_, response) => response.writeHead(500, { 'content-type': 'text/html' }).end(page))
  transport = connect()
  const error = await failure(stream())
  expect(error.message).toBe(`Ollama at ${server.url} failed (500): Hotel\\u001b wifi`)
})

test('what is not HTTP is not taken for Ollama', async () => {
  server = await serveBytes((socket) => socket.end('220 mail.example.org ESMTP\r\n'))
  transport = connect()
  expect((await failure(stream())).cause).toMatchObject({ kind: 'odd-reply' })
})

test.each([
  [200, 'its reply is too long'],
  [500, 'failed (500): xxx'],
])('an endless body of status %i is given up while it is read', async (status, words) => {
  server = await serveHttp((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    const flood = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    }
    response.on('drain', flood)
    flood()
  })
  transport = connect()
  const body = transport.exchange({ signal: never }, async (send) => {
    const fetch = send as unknown as typeof globalThis.fetch
    const response = await fetch(`${server.url}/api/tags`)
    return response.json()
  })
  expect((await failure(body)).message).toContain(words)
})

test('a server that never finishes the handshake is unreachable', async () => {
  server = await serveBytes(() => {})
  const url = server.url.replace('http:', 'https:')
  transport = createTransport({ url, protocol, budgets: { ...defaultBudgets, connectMs: 20 } })
  const call = transport.exchange({ signal: never }, async (fetch) => fetch(`${url}/api/version`))
  expect((await failure(call)).code).toBe('unreachable')
})

test.each(['closed', 'reset'])(
  'a connection %s after any number of bytes gives the whole answer or an error',
  async (way) => {
    const whole = raw(
      streamHead,
      chunk(event('Gr\u00fc')),
      chunk(event('\u00dfe')),
      chunk(event('', { done: true })),
      streamEnd,
    )
    let bytes = 0
    server = await serveBytes((socket) => {
      socket.write(whole.subarray(0, bytes), () => (way === 'reset' ? socket.resetAndDestroy() : socket.end()))
    })
    transport = connect()
    const results = new Set<string>()
    for (bytes = 1; bytes <= whole.length; bytes += 1) {
      results.add(
        await stream().then(
          (texts) => texts.join(''),
          (error: LocalBrainError) => error.code,
        ),
      )
    }
    expect([...results]).toEqual(['server-failed', 'broken-stream', 'Gr\u00fc\u00dfe'])
  },
)

test('a kept connection that the server has closed is replaced without a failure', async () => {
  const whole = raw(streamHead, chunk(event('all', { done: true })), streamEnd)
  server = await serveBytes((socket) => {
    socket.write(whole)
    socket.once('data', () => socket.resetAndDestroy())
  })
  transport = connect()
  expect(await stream()).toEqual(['all'])
  expect(await stream()).toEqual(['all'])
  expect(server.connections()).toBe(2)
})

test('nothing is sent to a machine that a name of this one leads to', async () => {
  const received: string[] = []
  server = await serveBytes((socket) => socket.on('data', (bytes) => received.push(bytes.toString())))
  const refused = new LocalBrainError('remote-refused', 'it leads to 127.0.0.1')
  const peers: string[] = []
  transport = createTransport({
    url: server.url,
    protocol,
    budgets: defaultBudgets,
    refusePeer(address) {
      peers.push(address)
      return refused
    },
  })
  expect(await failure(stream())).toBe(refused)
  expect(peers).toEqual(['127.0.0.1'])
  expect(received).toEqual([])
})

// bun reads on after `103`, within the time limit of the run.
test.each<[string, string]>([
  ['switches to another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
  ...(isBun
    ? []
    : [['only says that it will reply', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)] as [string, string]]),
])('a server that %s is not waited for', async (_, head) => {
  server = await serveBytes((socket) => socket.write(head))
  transport = connect()
  expect(await failure(stream())).toMatchObject({ code: 'server-failed', cause: { kind: 'odd-reply' } })
})
