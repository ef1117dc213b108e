import { describe, expect, onTestFinished, test } from 'vitest'
import { reply, type ScriptSource } from '../scripted-ollama/scripted-ollama.ts'
import { hooked, reviewer } from '../doors/hooks/hook-run.ts'
import { localBrain } from '../doors/cli/local-brain.ts'
import { ollama } from '../doors/cli/ollama.ts'
import { event, serveBytes, type TestServer } from '../engines/http-server.ts'
import { repository } from '../workspace-fixture.ts'
import { chatsAs } from './attack.ts'

// What once kept the program busy or waiting for ever, tried in a run and in a commit. With LOCAL_BRAIN_BIN it is the
// standalone binary that is tried.

/** Seconds. */
const limit = 6
/** The limit, two seconds more, and what a busy machine takes to start programs. */
const maxMs = (limit + 2 + 5) * 1000

/** A name that a glob with many stars nearly matches. */
const long = `src/${'a'.repeat(120)}.ts`
const files = { 'src/a.ts': 'export const a = 1\n', [long]: '' }
const bug = 'export const a = 3 // BUG here\n'

/** A model whose window holds whatever it wrote. */
const roomy = { name: 'scripted', loaded: 131_072 }

/** Commits a change that is reviewed by a server, and resolves with the code of the commit and what it says. */
async function commitBy(host: string | undefined, script?: ScriptSource, text = bug) {
  const options = ['--timeout', String(limit), '--fail-on', 'high']
  const folder = await hooked({ files, script, options, server: { models: [roomy] } })
  folder.write('src/a.ts', text)
  folder.git('add', '-A')
  const started = Date.now()
  const done = await folder.commit(['-m', 'change'], host === undefined ? {} : { OLLAMA_HOST: host })
  return { ...done, ms: Date.now() - started }
}

async function runBy(host: string, args: string[], text = bug) {
  const { root } = repository({ ...files, 'src/a.ts': text })
  return localBrain([...args, '--timeout', String(limit)], {
    cwd: root,
    host,
    onStart: (kill) => setTimeout(() => kill('SIGKILL'), 3 * maxMs).unref(),
  })
}

/** How a reply ends. */
const last = { model: 'm', message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop' }

const reviewing = ['-s', 'code-review', '-f', 'src/a.ts']

describe('whatever a model calls', () => {
  const many = (text: string) => text.repeat(100_000)
  test.each<[string, string, Record<string, string>]>([
    ['a glob of braces', 'search_code', { pattern: 'a', glob: many('{') }],
    ['a glob of stars', 'search_code', { pattern: 'a', glob: `{${Array(100).fill('*a*b').join(',')}}` }],
    ['a glob that backtracks', 'search_code', { pattern: 'a', glob: `src/${'*a'.repeat(40)}*b` }],
    ['a pattern that explodes', 'search_code', { pattern: `${'a?'.repeat(60)}${'a'.repeat(60)}` }],
    ['a pattern that backtracks', 'search_code', { pattern: '(a+)+$' }],
    ['a path of braces', 'list_directory', { path: many('{a,') }],
  ])('%s', { timeout: 60_000 }, async (_, name, given) => {
    const text = `${bug}// ${'a'.repeat(5000)}!\n`
    // From a server that sets no limit to what a model writes.
    const call = {
      model: 'm',
      message: { role: 'assistant', content: '', tool_calls: [{ function: { name, arguments: given } }] },
    }
    const calls = () => reply.raw(`${JSON.stringify({ ...call, done: false })}\n`, `${JSON.stringify(last)}\n`)
    const server = await ollama([calls, () => reply.text('Done.')], { strict: false, models: [roomy] })
    const run = await runBy(server.url, ['look around'], text)
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
})

describe('whatever a file holds', () => {
  test('what almost looks like a key', { timeout: 60_000 }, async () => {
    const text = '-eyJ'.repeat(200_000)
    const server = await ollama((request) => reviewer(request))
    const run = await runBy(server.url, reviewing, text)
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('799904 characters of data in this line') })
    expect(run.ms).toBeLessThan(maxMs)
    const commit = await commitBy(undefined, undefined, text)
    expect(commit).toMatchObject({ code: 0, stderr: expect.stringContaining('1 part reviewed') })
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
  // What a hook takes to begin comes off its time.
  const late = /time limit of [56] s/
  type Expected = { code: 3 | 4; says: RegExp; commitSays?: RegExp }
  const tooLate: Expected = { code: 4, says: late, commitSays: /does not answer/ }
  const notOllama: Expected = { code: 3, says: /does not answer like Ollama/ }
  // Node gives up after some hints of a reply, and waits for the end of a head; bun, which is in the binary, the other way.
  const isBinary = process.env['LOCAL_BRAIN_BIN'] !== undefined
  /** What the server does, the exit code of a run, and what it and the commit say. */
  test.each<[string, () => Promise<TestServer>, Expected]>([
    ['it switches to another protocol', async () => dripping(switching, ''), notOllama],
    ['it only says that it will reply', async () => dripping(hints, hints), isBinary ? tooLate : notOllama],
    ['it says nothing', async () => dripping('', ''), tooLate],
    [
      'it never ends its head',
      async () => dripping('HTTP/1.1 200 OK\r\n', 'X-A: b\r\n'),
      isBinary ? notOllama : tooLate,
    ],
    [
      'it never ends its list of models',
      async () => dripping('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"models":[', ' '),
      tooLate,
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
      { code: 4, says: late },
    ],
    [
      'it is busy for ever',
      async () =>
        chatsAs((response) => void response.writeHead(503).end('{"error":"server busy, please try again"}'), {
          models: [{ name: 'scripted', loaded: 8192 }],
        }),
      { code: 3, says: /is busy: server busy/ },
    ],
  ])('%s', { timeout: 60_000 }, async (_, start, { code, says, commitSays = says }) => {
    const server = await start()
    onTestFinished(() => server.close())
    const isTold = (pattern: RegExp) => expect.stringMatching(pattern) as string
    const runs = [reviewing, ['hello']].map(async (args) => {
      const run = await runBy(server.url, args)
      expect({ args, ...run }).toMatchObject({ args, code, stderr: isTold(/^error: .+\nhint: /m) })
      expect(run.stderr).toMatch(says)
      expect(run.ms).toBeLessThan(maxMs)
    })
    const committing = commitBy(server.url).then((commit) => {
      expect(commit).toMatchObject({ code: 0, stderr: isTold(/^local-brain: /) })
      expect(commit.stderr).toMatch(commitSays)
      expect(commit.ms).toBeLessThan(maxMs)
    })
    await Promise.all([...runs, committing])
  })
})
