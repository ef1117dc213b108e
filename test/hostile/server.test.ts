import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { hold, reply, type ScriptSource } from '../scripted-ollama/scripted-ollama.ts'
import { type Ended, localBrain } from '../doors/cli/local-brain.ts'
import { event, serveBytes, serveHttp } from '../engines/http-server.ts'
import { temporaryFolder } from '../workspace-fixture.ts'
import { cpuOf, peakOf, saysPeak } from '../doors/cli/peak.ts'
import { chatsAs, clockAt, pauseOf, pour } from './attack.ts'
import { ollama } from '../doors/cli/ollama.ts'

const json = (run: Ended) => JSON.parse(run.stdout) as { exitCode?: number; stop?: string; error?: { code: string } }

/** Runs a question against a server that answers everything but the chat as it should. */
async function ask(script: ScriptSource, ...args: string[]): Promise<Ended & { requests: number }> {
  const { root } = temporaryFolder()
  const server = await ollama(script)
  const run = await localBrain([...args, '--format', 'json', 'hello'], {
    cwd: root,
    host: server.url,
    env: saysPeak,
  })
  return { ...run, requests: server.requests.length }
}

describe('a server that cannot be used is exit 3, and standard output carries nothing but the error', () => {
  test('it redirects, and no byte follows', async () => {
    const { root } = temporaryFolder()
    const elsewhere = await serveHttp((_, response) => response.end())
    const server = await ollama([reply.redirect(`${elsewhere.url}/api/chat`)])
    const run = await localBrain(['hello'], { cwd: root, host: server.url })
    expect(run).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('redirects') as string })
    expect(elsewhere.connections()).toBe(0)
    await elsewhere.close()
  })

  test('it answers with HTML and 500', async () => {
    const { root } = temporaryFolder()
    const server = await serveHttp((_, response) => {
      response.writeHead(500, { 'Content-Type': 'text/html' }).end('<h1>no</h1>')
    })
    expect(await localBrain(['hello'], { cwd: root, host: server.url })).toMatchObject({ code: 3, stdout: '' })
    await server.close()
  })

  test.each([
    ['it is no HTTP', 'not HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['it closes at once', 'closed the connection', ''],
    [
      'it lies about what it is',
      'text/html',
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi',
    ],
    [
      'it sends garbage as JSON',
      'not JSON',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\nhi',
    ],
    [
      'it sends JSON of another shape',
      'does not answer like Ollama',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"a":[]}',
    ],
  ])('%s', async (_, words, bytes) => {
    const { root } = temporaryFolder()
    const server = await serveBytes((socket) => void socket.end(bytes))
    const run = await localBrain(['hello'], { cwd: root, host: server.url })
    expect(run).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(words) as string })
    await server.close()
  })

  test('nobody is there', async () => {
    const run = await localBrain(['hello'], { cwd: temporaryFolder().root, env: clockAt(1) })
    expect(run).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('Cannot reach Ollama') as string })
    expect(pauseOf(run)).toBe(0)
  })

  test('the model is not there', async () => {
    const server = await ollama([])
    const run = await localBrain(['-m', 'absent:1b', 'hello'], { cwd: temporaryFolder().root, host: server.url })
    expect(run).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining('ollama pull absent:1b') as string,
    })
  })

  // Guards: engines/chat/persist.ts, `?.[count]`; engines/chat/remedies.ts, `pause`. What a run waits for is its
  // pauses: no failure of a server but a queue that is full gets more than five seconds of them.
  test.each<[string, ScriptSource]>([
    ['the model finds no memory', () => reply.error(500, 'model requires more system memory')],
    ['the model stopped', () => reply.error(500, 'llama-server unexpectedly stopped')],
    ['the server fails', () => reply.error(500, 'something else')],
    ['it closes the connection', () => reply.reset('')],
    ['it breaks off', () => reply.broken('')],
  ])('it is asked again, but not for long: %s', async (_, script) => {
    const { root } = temporaryFolder()
    const server = await ollama(script)
    const run = await localBrain(['hello'], { cwd: root, host: server.url, env: clockAt(20) })
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(pauseOf(run)).toBeLessThan(5000)
    // Two attempts, each of them sent anew when a kept connection turns out to be gone.
    expect(server.requests.length).toBeLessThanOrEqual(4)
  })
})

// P3. Guard: engines/locality.ts, assertOwnMachine and assertLocalName; nothing is sent before.
test('nothing is sent to another machine that nobody allowed', async () => {
  const { root } = temporaryFolder()
  for (const args of [
    ['--host', 'http://192.0.2.1:11434', 'hello'],
    ['-m', 'x:cloud', 'hello'],
  ]) {
    const run = await localBrain(args, { cwd: root })
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toMatch(/--allow-remote/)
  }
})

/** Valid but for one byte, to the end. */
const halfCharacter = Buffer.from(
  '{"model":"m","message":{"role":"assistant","content":"\xc3"},"done":false}\n' +
    '{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n',
  'latin1',
)

test('nothing is sent where a name of this machine leads to another one', async () => {
  const server = await ollama([reply.text('Sent.')])
  const preload = pathToFileURL(join(import.meta.dirname, 'elsewhere.mjs')).href
  const host = server.url.replace('127.0.0.1', 'localhost')
  const asked = [['hello'], ['models'], ['doctor']].map(async (args) => {
    const env = { NODE_OPTIONS: `--import=${preload}` }
    const run = await localBrain(args, { cwd: temporaryFolder().root, host, env })
    expect({ args, code: run.code }).toEqual({ args, code: 3 })
    expect(run.stdout + run.stderr).toContain('leads to 198.51.100.7, which is not this machine')
  })
  await Promise.all(asked)
  expect(server.log).toEqual([])
})

describe('an answer that did not come whole is never taken for one', () => {
  test.each<[string, ScriptSource, number, number]>([
    ['the connection is reset', () => reply.reset('half'), 3, 2],
    ['the stream ends early', () => reply.broken('half'), 3, 2],
    ['it was cut', () => reply.cut('half'), 4, 1],
    ['a line is garbage', () => reply.raw('{"half": \n'), 3, 2],
    ['half a character', () => reply.raw(halfCharacter), 3, 2],
    ['an error in the middle', () => reply.errorLine('boom', 'half'), 3, 1],
  ])('%s', async (_, script, code, requests) => {
    const run = await ask(script)
    expect(run.code).toBe(code)
    expect(json(run).exitCode).toBe(code)
    expect(run.requests).toBe(requests)
  })

  test('a character may come in two pieces', async () => {
    const { root } = temporaryFolder()
    const server = await ollama([reply.text('grüße ', '👋 ', 'done')], { writes: 'split' })
    const run = await localBrain(['hello'], { cwd: root, host: server.url })
    expect(run).toMatchObject({ code: 0, stdout: 'grüße 👋 done\n' })
  })

  test.each([
    ['an endless line', 'x'.repeat(65_536), 2000],
    ['endless events', event('y'.repeat(60_000)), 10_000],
  ])('%s is cut off in bounded memory and effort', { timeout: 90_000 }, async (_, piece, maxMs) => {
    const { root } = temporaryFolder({ 'a.txt': 'one\n' })
    const server = await chatsAs((response) => pour(response, piece))
    const run = await localBrain(['-f', 'a.txt', '-s', 'explain'], { cwd: root, host: server.url, env: saysPeak })
    expect(run).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('too long') as string })
    expect(peakOf(run)).toBeLessThan(300)
    expect(cpuOf(run)).toBeLessThan(maxMs)
    await server.close()
  })
})

describe('silence ends with the time limit', () => {
  test.each<[string, ScriptSource]>([
    ['before the first word', () => reply.silent()],
    ['in the middle', () => reply.silent('half')],
  ])('%s', async (_, script) => {
    const run = await ask(script, '--timeout', '2')
    expect(run.code).toBe(4)
    expect(json(run)).toMatchObject({ stop: 'time_limit', error: { code: 'timeout' } })
    expect(run.ms).toBeLessThan(15_000)
  })

  // The program's minute is 0.6 s here (clock.mjs): it waits six of them for the first word, then two in vain.
  test('a first word after six minutes is waited for, and silence after it is not', async () => {
    const { root } = temporaryFolder()
    const wait = hold()
    const server = await ollama(() => {
      setTimeout(() => wait.release(), 3600)
      return [...reply.text(wait, 'late'), ...reply.silent()]
    })
    const args = ['--timeout', '2000', '--format', 'json', 'hello']
    const run = await localBrain(args, { cwd: root, host: server.url, env: clockAt(100) })
    expect(run).toMatchObject({ code: 4, stderr: expect.stringContaining('sent nothing for 120 s') as string })
    expect(json(run)).toMatchObject({ error: { code: 'timeout' } })
    expect(run.stdout).not.toContain('"stop": "answered"')
  })

  test('and a server that is slow but alive is waited for', async () => {
    const { root } = temporaryFolder()
    const wait = hold()
    const server = await ollama(() => {
      setTimeout(() => wait.release(), 1500)
      return reply.text(wait, 'late, but here')
    })
    expect(await localBrain(['hello'], { cwd: root, host: server.url })).toMatchObject({
      code: 0,
      stdout: 'late, but here\n',
    })
  })
})

describe('a server that goes on without an answer holds nothing up', () => {
  const odd: [string, string, string][] = [
    [
      'switches to another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      '',
    ],
    ['only says that it will reply', 'HTTP/1.1 103 Early Hints\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ]
  test.each(odd)('it %s, to a run, to doctor and to models', async (_, head, again) => {
    const { root } = temporaryFolder()
    const server = await serveBytes((socket) => {
      socket.write(head)
      const drip = setInterval(() => socket.write(again), 5)
      socket.on('close', () => clearInterval(drip))
    })
    for (const args of [['hello'], ['doctor'], ['models']]) {
      const run = await localBrain(args, { cwd: root, host: server.url })
      expect(run.code).toBe(3)
      expect(run.stdout + run.stderr).toContain('does not answer like Ollama')
    }
    await server.close()
  })

  test('it pours a few large events and then falls silent: the time limit ends that', async () => {
    const { root } = temporaryFolder()
    const chats = await chatsAs((response) => {
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson' })
      for (let sent = 0; sent < 7; sent += 1) response.write(event('x'.repeat(1_000_000)))
    })
    const run = await localBrain(['--timeout', '4', '--format', 'json', 'hello'], { cwd: root, host: chats.url })
    expect(json(run)).toMatchObject({ stop: 'time_limit', exitCode: 4 })
    await chats.close()
  })
})
