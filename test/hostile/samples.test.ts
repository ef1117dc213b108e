import { describe, expect, test } from 'vitest'
import { reply, type ScriptSource } from '../scripted-ollama/scripted-ollama.ts'
import { hooked, reviewer } from '../doors/hooks/hook-run.ts'
import { localBrain } from '../doors/cli/local-brain.ts'
import { ollama } from '../doors/cli/ollama.ts'
import { event, serveBytes } from '../engines/http-server.ts'
import { repository } from '../workspace-fixture.ts'
import { chatsAs } from './attack.ts'

// What once kept the program busy or waiting for ever, tried in a run and in a commit. With LOCAL_BRAIN_BIN it is the
// standalone binary that is tried.

/** Seconds. */
const limit = 6
/** The limit, two seconds more, and what a busy machine takes to start programs. */
const maxMs = (limit + 2 + 5) * 1000

const files = { 'src/a.ts': 'export const a = 1\n' }
const bug = 'export const a = 3 // BUG here\n'

/** Commits a change that is reviewed by a server, and resolves with the code of the commit and what it says. */
async function commitBy(host: string | undefined, script?: ScriptSource, text = bug) {
  const folder = await hooked({ files, script, options: ['--timeout', String(limit), '--fail-on', 'high'] })
  folder.write('src/a.ts', text)
  folder.git('add', '-A')
  const started = Date.now()
  const done = await folder.commit(['-m', 'change'], host === undefined ? {} : { OLLAMA_HOST: host })
  return { ...done, ms: Date.now() - started }
}

async function runBy(host: string, args: string[], text = bug) {
  const { root } = repository({ 'src/a.ts': text })
  return localBrain([...args, '--timeout', String(limit)], { cwd: root, host })
}

const reviewing = ['-s', 'code-review', '-f', 'src/a.ts']

describe('whatever a model calls', () => {
  const many = (text: string) => text.repeat(100_000)
  test.each<[string, string, Record<string, string>]>([
    ['a glob of braces', 'search_code', { pattern: 'a', glob: many('{') }],
    ['a glob of stars', 'search_code', { pattern: 'a', glob: `{${Array(100).fill('*a*b').join(',')}}` }],
    ['a pattern that explodes', 'search_code', { pattern: `${'a?'.repeat(60)}${'a'.repeat(60)}` }],
    ['a pattern that backtracks', 'search_code', { pattern: '(a+)+$' }],
    ['a path of braces', 'list_directory', { path: many('{a,') }],
  ])('%s', { timeout: 60_000 }, async (_, name, given) => {
    const text = `${bug}// ${'a'.repeat(5000)}!\n`
    const calls = () => reply.calls({ name, arguments: given })
    const server = await ollama([calls, () => reply.text('Done.')])
    const run = await runBy(server.url, ['look around'], text)
    // Of a call that is longer than the reply may be the model is told that it was cut.
    expect(run).toMatchObject({ code: 0, stdout: 'Done.\n' })
    expect(run.ms).toBeLessThan(maxMs)

    let isCalled = false
    const commit = await commitBy(undefined, (request) => {
      if (request.format !== undefined || isCalled) return reviewer(request)
      isCalled = true
      return calls()
    })
    expect({ isCalled, code: commit.code }).toEqual({ isCalled: true, code: 1 })
    expect(commit.stderr).toContain('commit blocked: 1 finding')
    expect(commit.ms).toBeLessThan(maxMs)
  })
})

describe('whatever a model replies', () => {
  test.each<[string, string]>([
    ['openers of calls', '<tool_call>{"'.repeat(100_000)],
    ['openers of lists', '['.repeat(230_000)],
    ['back ticks', '`'.repeat(1_000_000)],
    ['calls in the form of Python', 'f(x='.repeat(300_000)],
    ['a million objects', '{}'.repeat(1_000_000)],
    ['a million quotes', `{${'"'.repeat(1_000_000)}`],
    ['findings that cannot be read', `{"findings": [${'{"x":1},'.repeat(300_000)}{}]}`],
  ])('%s', { timeout: 60_000 }, async (_, content) => {
    const script = () =>
      reply.raw(...(content.match(/[^]{1,100000}/g) ?? []).map((part) => event(part)), `${JSON.stringify(last)}\n`)
    for (const args of [reviewing, ['hello']]) {
      const server = await ollama(script, { strict: false })
      const run = await runBy(server.url, args)
      expect([0, 4]).toContain(run.code)
      expect(run.ms).toBeLessThan(maxMs)
    }
    const commit = await commitBy(undefined, script)
    expect(commit.code).toBe(0)
    expect(commit.ms).toBeLessThan(maxMs)
  })

  const last = { model: 'm', message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop' }
})

describe('whatever a file holds', () => {
  test('what almost looks like a key', { timeout: 60_000 }, async () => {
    const text = '-eyJ'.repeat(200_000)
    const server = await ollama((request) => reviewer(request))
    expect((await runBy(server.url, reviewing, text)).ms).toBeLessThan(maxMs)
    const commit = await commitBy(undefined, undefined, text)
    expect(commit.code).toBe(0)
    expect(commit.ms).toBeLessThan(maxMs)
  })
})

describe('whatever a server does', () => {
  /** Sends something to whoever connects, and then more of it for as long as they stay. */
  const dripping = async (head: string, more: string) =>
    serveBytes((socket) => {
      socket.write(head)
      const drip = setInterval(() => socket.write(more), 5)
      socket.on('close', () => clearInterval(drip))
    })
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
  const hints = 'HTTP/1.1 103 Early Hints\r\n\r\n'
  test.each([
    ['it switches to another protocol', async () => dripping(switching, '')],
    ['it only says that it will reply', async () => dripping(hints, hints)],
    ['it says nothing', async () => dripping('', '')],
    ['it never ends its head', async () => dripping('HTTP/1.1 200 OK\r\n', 'X-A: b\r\n')],
    [
      'it never ends its list of models',
      async () => dripping('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"models":[', ' '),
    ],
    [
      'it sends seven large events and falls silent',
      async () =>
        chatsAs(
          (response) => {
            response.writeHead(200, { 'Content-Type': 'application/x-ndjson' })
            for (let sent = 0; sent < 7; sent += 1) response.write(event('x'.repeat(1_000_000)))
          },
          { models: [{ name: 'scripted', loaded: 8192 }] },
        ),
    ],
    [
      'it is busy for ever',
      async () =>
        chatsAs((response) => void response.writeHead(503).end('{"error":"server busy, please try again"}'), {
          models: [{ name: 'scripted', loaded: 8192 }],
        }),
    ],
  ])('%s', { timeout: 120_000 }, async (_, start) => {
    const server = await start()
    const { url } = server
    for (const args of [reviewing, ['hello']]) {
      const run = await runBy(url, args)
      expect({ args, code: run.code, isSaid: /^error: .+\nhint: /m.test(run.stderr) }).toEqual({
        args,
        code: expect.toSatisfy((code) => code === 3 || code === 4) as number,
        isSaid: true,
      })
      expect(run.ms).toBeLessThan(maxMs)
    }
    const commit = await commitBy(url)
    expect(commit).toMatchObject({ code: 0, stderr: expect.stringMatching(/^local-brain: /) as string })
    expect(commit.ms).toBeLessThan(maxMs)
    await server.close()
  })
})
