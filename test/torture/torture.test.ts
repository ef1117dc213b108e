import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { reportSchema } from '../../src/report/report.ts'
import { command, type Ended, localBrain } from '../doors/cli/local-brain.ts'
import { peakOf, saysPeak } from '../doors/cli/peak.ts'
import { everything, processesIn, read } from '../hostile/attack.ts'
import { ollama } from '../doors/cli/ollama.ts'
import { serveHttp } from '../engines/http-server.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'
import { gitEnvironment } from '../workspace.ts'

/** The seed of everything random here; a failure says which it was. */
const seed = Number(process.env['TORTURE_SEED'] ?? 20261121)

/** A small generator that gives the same numbers for the same seed (mulberry32). */
function random(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What has to hold however a run ends: a documented exit code, no stack trace, an intact memory. */
function expectOrderly(run: Ended, home: string, codes: (number | null)[], what: string): void {
  const folder = join(home, '.local/state/local-brain/runs')
  const kept = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : []
  const reports = kept.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
  const whole = reports.every(
    ({ parentPath, name }) => reportSchema.safeParse(JSON.parse(readFileSync(join(parentPath, name), 'utf8'))).success,
  )
  const known = codes.includes(run.code) ? 'known' : `${run.code}: ${run.stderr}`
  const trace = /\n\s+at /.exec(run.stderr)?.input
  expect({ what, known, trace, whole }).toEqual({ what, known: 'known', trace: undefined, whole: true })
}

/** Temporary files and locks below a folder. */
function leftovers(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true }).map(String)
  return names.filter((name) => /\.(?:tmp|lock)$/.test(name))
}

const working = () => [reply.calls(read('a.txt'), { name: 'list_directory', arguments: {} }), reply.text('Done.')]

// By turns as a broken disk and as a full one does.
test('every call to the file system may fail, one after the other', async () => {
  const { root } = repository({ 'a.txt': 'one\n', '.gitignore': 'x\n' })
  // Each run finds what one before it remembered, and nothing of the failed ones: the calls are the same each time.
  const before = temporaryFolder({ '.config/local-brain/config.yaml': 'keep_alive: 5m\n' }).root
  const first = await ollama(working())
  await localBrain(['hello'], { cwd: root, host: first.url, env: { HOME: before } })
  await first.close()
  const shim = pathToFileURL(join(import.meta.dirname, 'fail-nth.mjs')).href
  const failed: string[] = []
  for (let nth = 1; ; nth += 1) {
    const HOME = temporaryFolder().root
    cpSync(before, HOME, { recursive: true })
    const code = nth % 2 === 0 ? 'ENOSPC' : 'EIO'
    const server = await ollama(working())
    const env = { HOME, NODE_OPTIONS: `--import=${shim}`, FAIL_NTH: String(nth), FAIL_CODE: code }
    const args = ['-o', 'out.md', '--log-file', join(HOME, 'log.jsonl'), 'hello']
    const run = await localBrain(args, { cwd: root, host: server.url, env })
    const name = /\[failed:(.*)\]/.exec(run.stderr)?.[1] ?? ''
    expectOrderly(run, HOME, [0, 2, 3, 4, 5], `${code} at call ${nth} (${name})`)
    // What cleans up may fail as well; nothing else leaves a file behind.
    if (name !== 'rmSync')
      expect(readdirSync(root).sort()).toEqual([
        '.git',
        '.gitignore',
        'a.txt',
        ...(existsSync(join(root, 'out.md')) ? ['out.md'] : []),
      ])
    await server.close()
    if (name === '') break
    failed.push(name)
  }
  expect(failed).toEqual(
    expect.arrayContaining(['open', 'openSync', 'renameSync', 'writeFileSync', 'fsyncSync', 'realpath']),
  )
})

// Each call that fails is caught where it is made.
test('however few files may be open, it works or says why', async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const HOME = temporaryFolder().root
  const codes = new Set<number | null>()
  for (let files = 16; files < 44; files += 1) {
    const server = await ollama(working())
    const through = ['bash', '-c', `ulimit -n ${files}; exec "$@"`, 'bash', ...command]
    const run = await localBrain(['hello'], { cwd: root, host: server.url, env: { HOME }, through })
    await server.close()
    // With even fewer it is Node that does not start.
    const isNode = (run.code ?? 134) > 128 || /open '[^']*\/(?:bin\/local-brain|openssl)/.test(run.stderr)
    if (isNode && codes.size === 0) continue
    expectOrderly(run, HOME, [0, 2, 3, 4, 5], `${files} files`)
    codes.add(run.code)
  }
  expect([...codes]).toEqual(expect.arrayContaining([0, 3]))
})

test('every step of the conversation may be the one where the connection is lost', async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const HOME = temporaryFolder().root
  let steps = 0
  for (let nth = 1; ; nth += 1) {
    steps = 0
    const real = await ollama(working())
    const server = await serveHttp((request, response, body) => {
      const lost = () => (steps += 1) === nth
      if (lost()) return void request.socket.resetAndDestroy()
      const { method = 'GET', url = '/' } = request
      const forward = async (answer: Response) => {
        const text = await answer.text()
        if (lost()) return void request.socket.resetAndDestroy()
        response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? '' })
        for (const line of text.split(/(?<=\n)/)) {
          if (lost()) return void response.socket?.resetAndDestroy()
          response.write(line)
        }
        response.end()
      }
      // The other side may be gone by now.
      fetch(real.url + url, { method, ...(body !== '' && { body }) })
        .then(forward)
        .catch(() => undefined)
    })
    const run = await localBrain(['--format', 'json', 'hello'], { cwd: root, host: server.url, env: { HOME } })
    expectOrderly(run, HOME, [0, 3, 4], `step ${nth}`)
    const { stop, answer, error } = JSON.parse(run.stdout) as { stop?: string; answer?: string; error?: object }
    if (run.code === 0) expect({ nth, stop, answer }).toEqual({ nth, stop: 'answered', answer: 'Done.' })
    else expect(error).toBeDefined()
    await Promise.all([server.close(), real.close()])
    if (steps < nth) break
  }
})

// The signal comes after a number of requests and then of milliseconds; from round 20 on, at any time.
test('a signal may come at any moment', async () => {
  const { root } = repository({ 'a.txt': 'one\n'.repeat(1000) })
  const HOME = temporaryFolder().root
  const next = random(seed)
  for (let round = 0; round < 40; round += 1) {
    const server = await ollama(working())
    const signal = next() < 0.5 ? 'SIGINT' : 'SIGTERM'
    const after = round < 20 ? 1 + Math.floor(next() * 5) : 0
    const at = Math.round(next() * (round < 20 ? 60 : 900))
    let asked = 0
    const onStart = async (kill: (signal: NodeJS.Signals) => void) => {
      while (server.log.length < after) await delay(5)
      await delay(at)
      asked = server.log.length === 0 || server.requests.length > 1 ? 0 : server.log.length
      kill(signal)
    }
    const run = await localBrain(['--format', 'json', '-o', 'out.json', 'hello'], {
      cwd: root,
      host: server.url,
      env: { HOME },
      onStart: (kill) => void onStart(kill),
    })
    const code = signal === 'SIGINT' ? 130 : 143
    const what = `${signal} after ${after} requests and ${at} ms, seed ${seed}`
    // Before our handlers and after the work the system ends the process itself: no code.
    expectOrderly(run, HOME, asked > 0 ? [code] : [0, null, code], what)
    const file = join(root, 'out.json')
    const written = existsSync(file) ? readFileSync(file, 'utf8') : run.stdout
    if (asked > 0 || written !== '') expect({ what, ...JSON.parse(written) }).toHaveProperty('exitCode')
    rmSync(file, { force: true })
    expect({ what, left: [...leftovers(root), ...leftovers(HOME), ...processesIn(root)] }).toEqual({ what, left: [] })
    await server.close()
  }
})

test.skipIf(process.platform !== 'linux')(
  'a folder that keeps turning into a link to outside leaks nothing in ten seconds',
  async () => {
    const secret = 'wq7-outside-and-private'
    const { root } = temporaryFolder({ 'outside/x.txt': `${secret}\n`, 'project/d/x.txt': 'inside\n' })
    const project = join(root, 'project')
    const stop = new Int32Array(new SharedArrayBuffer(4))
    const swap = `const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
    const { workerData: { project, outside, stop } } = require('node:worker_threads')
    while (Atomics.load(stop, 0) === 0) {
      renameSync(project + '/d', project + '/real'); symlinkSync(outside, project + '/d')
      unlinkSync(project + '/d'); renameSync(project + '/real', project + '/d')
    }`
    const worker = new Worker(swap, { eval: true, workerData: { project, outside: join(root, 'outside'), stop } })
    let reads = 0
    for (const end = Date.now() + 10_000; Date.now() < end; ) {
      // The same file under names that differ, so that each is read anew.
      const calls = Array.from({ length: 300 }, (_, at) => read(`${'./'.repeat(at)}d/x.txt`).arguments)
      const line = {
        message: {
          role: 'assistant',
          content: '',
          tool_calls: calls.map((args) => ({ function: { name: 'read_file', arguments: args } })),
        },
        done: false,
      }
      const server = await ollama(
        [reply.raw(`${JSON.stringify({ model: 'm', ...line })}\n`), () => reply.text('Done.')],
        { strict: false },
      )
      const run = await localBrain(['--format', 'json', '--num-ctx', '65536', 'x'], { cwd: project, host: server.url })
      expect(everything({ run, server })).not.toContain(secret)
      reads += (run.stdout.match(/"read_file"/g) ?? []).length
      await server.close()
    }
    Atomics.store(stop, 0, 1)
    await new Promise((resolve) => worker.once('exit', resolve))
    expect(reads).toBeGreaterThan(300)
  },
)

test('a tree of 110,000 files is walked in part, in bounded memory', async () => {
  const many = temporaryFolder().root
  for (let folder = 0; folder < 110; folder += 1) {
    mkdirSync(join(many, `d${folder}`))
    for (let file = 0; file < 1000; file += 1) writeFileSync(join(many, `d${folder}`, `f${file}.ts`), 'a\n')
  }
  const walk = await localBrain(['--dry-run', '--format', 'json', '-s', 'explain', '-d', '.', '--pattern', '*99.ts'], {
    cwd: many,
    env: saysPeak,
  })
  expect(walk.stdout).toContain('limit of the search')
  expect(peakOf(walk)).toBeLessThan(300)
})

/** A repository whose staged change is so many files of one text; only git's index holds them. */
function staging(files: number, text: string) {
  const { root, write } = repository()
  write('one.txt', text)
  const git = (args: string[], input?: string) =>
    execFileSync('git', args, { cwd: root, env: gitEnvironment, encoding: 'utf8', input }).trim()
  const id = git(['hash-object', '-w', 'one.txt'])
  rmSync(join(root, 'one.txt'))
  const entries = Array.from({ length: files }, (_, at) => `100644 ${id}\td${at % 1000}/f${at}.txt\n`)
  git(['update-index', '--add', '--index-info'], entries.join(''))
  return root
}

test.each([
  ['1 GB', 400, 'a line of a text like any other\n'.repeat(80_000), 300],
  ['100,000 files', 100_000, 'one\n', 300],
])('of a change of %s a part is read and the rest counted, in bounded memory', async (_, files, text, most) => {
  const root = staging(files, text)
  const server = await ollama(() => reply.json({ analysis: 'Seen.', findings: [] }))
  const args = ['--format', 'json', '--git-diff', '--fail-on', 'critical', '--timeout', '60']
  const HOME = temporaryFolder().root
  const run = await localBrain(args, { cwd: root, host: server.url, env: { ...saysPeak, HOME } })
  expect(peakOf(run)).toBeLessThan(most)
  const { reviewed, notReviewed } = reportSchema.parse(JSON.parse(run.stdout))
  expect(run.code).toBe(4)
  const named = new Set([...reviewed, ...notReviewed].map(({ path }) => path))
  // Beside them the number of those that are not staged is said.
  expect([...named].filter((path) => /^d\d+\//.test(path)).length).toBe(files)
  const shown = await localBrain(['last'], { cwd: root, env: { HOME } })
  expect(shown.stdout).toMatch(/Reviewed: \d+ files?, .*Not reviewed: .*; and \d+ more/)
})
