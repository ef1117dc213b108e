import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { command, localBrain } from '../doors/cli/local-brain.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'
import { read } from './attack.ts'
import { gitEnvironment } from '../workspace.ts'
import { ollama } from '../doors/cli/ollama.ts'

const state = (home: string) => join(home, '.local/state/local-brain')

/** Everything below a folder, without folders. */
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []))

const shell = (script: string, cwd: string, env: Record<string, string> = {}) =>
  spawnSync('bash', ['-c', script, command.map((part) => `'${part}'`).join(' ')], {
    cwd,
    env: { ...gitEnvironment, HOME: temporaryFolder().root, ...env },
    encoding: 'utf8',
    timeout: 15_000,
  })

/** No file may grow beyond 4 KB: what a full disk does, without one. */
const limited = ['bash', '-c', 'ulimit -f 4; trap "" XFSZ; exec "$@"', 'bash', ...command]

describe('output that goes nowhere', () => {
  test('a reader that leaves is no error', () => {
    const { root } = temporaryFolder({ 'a.txt': 'line\n'.repeat(50_000) })
    const run = shell('eval "$0 --dry-run -s explain -f a.txt" | head -1; echo "${PIPESTATUS[0]}"', root)
    expect(run).toMatchObject({ stdout: 'skill: explain\n0\n', stderr: '' })
  })

  test.each(['--dry-run hello', '--help', '--version', 'skills', 'skills --help', '--dry-run --format json hello'])(
    'a full disk is exit 5: %s',
    (args) => {
      const run = shell(`eval "$0 ${args}" > /dev/full`, temporaryFolder().root)
      expect({ code: run.status, trace: /\n\s+at /.test(run.stderr) }).toEqual({ code: 5, trace: false })
    },
  )

  test('so is a report that does not fit, and the old file stays', async () => {
    const { root } = temporaryFolder({ 'out.md': 'the old report\n' })
    const server = await ollama([reply.text('long '.repeat(2000))])
    const run = await localBrain(['-o', 'out.md', 'hello'], { cwd: root, host: server.url, through: limited })
    expect(run).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(
        /error: .*out\.md" could not be written: it is larger than a file may be$/m,
      ) as string,
    })
    expect(readFileSync(join(root, 'out.md'), 'utf8')).toBe('the old report\n')
    expect(filesIn(root)).toEqual(['out.md'])
  })

  test('a log that can not be written costs no answer', async () => {
    const server = await ollama([reply.text('The answer.')])
    const args = ['--log-file', '/dev/full', 'hello']
    const run = await localBrain(args, { cwd: temporaryFolder().root, host: server.url })
    expect(run).toMatchObject({ code: 5, stdout: 'The answer.\n' })
    expect(run.stderr).toMatch(/error: "\/dev\/full" could not be written: the disk is full\nhint: .*--log-file\n$/)
  })
})

describe('a home that can not be written', () => {
  test.each([
    ['a file stands in its place', (home: string) => writeFileSync(join(home, '.local'), '')],
    ['it is not there', () => undefined],
  ])('costs nothing but the memory: %s', async (_, prepare) => {
    const home = join(temporaryFolder().root, 'home')
    if (prepare.length > 0) mkdirSync(home)
    prepare(home)
    const server = await ollama([reply.text('The answer.')])
    const env = { HOME: prepare.length > 0 ? home : '/dev/null/home' }
    const run = await localBrain(['hello'], { cwd: temporaryFolder().root, host: server.url, env })
    expect(run).toMatchObject({ code: 0, stdout: 'The answer.\n', stderr: '' })
  })

  // Node 20 tries for ever to make a folder there.
  test.skipIf(process.platform !== 'linux')('nor where the system says that a new folder is not there', async () => {
    const server = await ollama([reply.text('The answer.')])
    const env = { XDG_STATE_HOME: '/proc/nope', XDG_CACHE_HOME: '/proc/nope' }
    const run = await localBrain(['--timeout', '5', 'hello'], { cwd: temporaryFolder().root, host: server.url, env })
    expect(run).toMatchObject({ code: 0, stdout: 'The answer.\n', stderr: '' })
  })

  test('what is remembered stays whole when the disk is full', async () => {
    const HOME = temporaryFolder().root
    const { root } = temporaryFolder()
    const answer = async (text: string) => (await ollama(() => reply.text(text))).url
    await localBrain(['hello'], { cwd: root, host: await answer('first'), env: { HOME } })
    const long = await answer('second '.repeat(1000))
    const run = await localBrain(['hello'], { cwd: root, host: long, env: { HOME }, through: limited })
    expect(run.code).toBe(0)
    expect((await localBrain(['last'], { cwd: root, env: { HOME } })).stdout).toBe('first\n')
    expect(filesIn(state(HOME)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})

const mayMount = spawnSync('unshare', ['-Urm', 'true']).status === 0

/** The program in a home of 64 KB. What is remembered there is printed last, since the home is gone with the program. */
const inSmallHome = (script: string) => [
  'unshare',
  '-Urm',
  'bash',
  '-c',
  `mount -t tmpfs -o size=64k none "$HOME"; ${script}`,
  'bash',
  ...command,
]

// With a real file system.
describe.skipIf(!mayMount)('a disk that is really full or read-only', () => {
  test('what is remembered stays whole, and the answer is given', async () => {
    const { root } = temporaryFolder()
    const server = await ollama([reply.text('first'), reply.text('second '.repeat(1000))])
    const through = inSmallHome(
      '"$@" > out; head -c 1M /dev/zero > "$HOME/full" 2> /dev/null; "$@" > out2; echo "codes $?"; tail -c 7 out2; find "$HOME" -name "*.tmp"; cat "$HOME"/.local/state/local-brain/runs/*/*.json',
    )
    const run = await localBrain(['hello'], { cwd: root, host: server.url, through })
    expect(run.stdout).toMatch(/^codes 0\nsecond\n\{.*"answer":"first"/s)
    expect(run.stderr).toBe('')
  })

  test('a home that is read-only costs nothing but the memory', async () => {
    const server = await ollama([reply.text('The answer.')])
    const through = inSmallHome('mount -o remount,ro "$HOME"; touch "$HOME/x" 2> /dev/null || exec "$@"')
    const run = await localBrain(['hello'], { cwd: temporaryFolder().root, host: server.url, through })
    expect(run).toMatchObject({ code: 0, stdout: 'The answer.\n', stderr: '' })
  })
})

describe('an interruption', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const)('by %s ends in good order, with %i and one JSON document', async (signal, code) => {
    const { root } = repository({ 'a.txt': 'one\n' })
    let kill: (signal: NodeJS.Signals) => void = () => undefined
    const server = await ollama([
      reply.calls(read('a.txt')),
      () => {
        kill(signal)
        return reply.silent('so far')
      },
    ])
    const HOME = temporaryFolder().root
    const run = await localBrain(['--format', 'json', 'hello'], {
      cwd: root,
      host: server.url,
      env: { HOME },
      onStart: (send) => (kill = send),
    })
    expect(run.code).toBe(code)
    expect(JSON.parse(run.stdout)).toMatchObject({
      stop: 'interrupted',
      error: { code: 'interrupted' },
      exitCode: code,
    })
    expect(server.cancellations).toBe(1)
    expect(filesIn(HOME).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('is obeyed the second time, whatever hangs: here a pipe that nobody reads', async () => {
    const { root } = temporaryFolder()
    let kill: (signal: NodeJS.Signals) => void = () => undefined
    let times = 0
    const again = setInterval(() => kill((times += 1) < 50 ? 'SIGINT' : 'SIGKILL'), 300)
    onTestFinished(() => clearInterval(again))
    const server = await ollama(() => reply.silent('so far'))
    const through = [
      'bash',
      '-c',
      'mkfifo pipe; exec 3<>pipe; head -c 65536 /dev/zero >&3; exec "$@" >&3',
      'bash',
      ...command,
    ]
    const started = new Promise<void>((resolve) => {
      const look = () => (server.requests.length > 0 ? resolve() : setTimeout(look, 20))
      look()
    })
    const onStart = (send: typeof kill) => void started.then(() => (kill = send))
    const run = await localBrain(['hello'], { cwd: root, host: server.url, through, onStart })
    expect([130, null]).toContain(run.code)
    expect(times).toBeLessThan(50)
  })
})

describe('two at once, and a crash between', () => {
  test('runs side by side leave one whole report', async () => {
    const HOME = temporaryFolder().root
    const { root } = temporaryFolder()
    const server = await ollama(({ messages }) => reply.text(`answer to ${messages.at(-1)?.content.slice(-40)}`), {
      parallel: 6,
    })
    const runs = await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        localBrain([`question ${at}`], { cwd: root, host: server.url, env: { HOME } }),
      ),
    )
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0])
    const last = await localBrain(['last'], { cwd: root, env: { HOME } })
    expect(last.code).toBe(0)
    expect(runs.map(({ stdout }) => stdout)).toContain(last.stdout)
    expect(filesIn(HOME).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('a crash just before the new memory takes the place of the old one leaves the old one', async () => {
    const HOME = temporaryFolder().root
    const { root } = temporaryFolder()
    const server = await ollama([reply.text('first'), reply.text('second'), reply.text('third')])
    const ask = (env: Record<string, string> = {}) =>
      localBrain(['hello'], { cwd: root, host: server.url, env: { HOME, ...env } })
    const remembered = async () => (await localBrain(['last'], { cwd: root, env: { HOME } })).stdout
    await ask()
    const crash = pathToFileURL(join(import.meta.dirname, 'crash.mjs')).href
    expect((await ask({ NODE_OPTIONS: `--import=${crash}` })).code).toBeNull()
    expect(filesIn(state(HOME)).filter((name) => name.endsWith('.tmp'))).toHaveLength(1)
    expect(await remembered()).toBe('first\n')
    await ask()
    expect(await remembered()).toMatch(/^(second|third)\n$/)
  })

  test.each(['', '{"schema":"local-brain.rep', '[]', '\0\0\0'])('a torn memory reads as none: %j', async (torn) => {
    const env = { HOME: temporaryFolder().root }
    const { root } = temporaryFolder()
    const server = await ollama([reply.text('Torn.'), reply.text('The answer.')])
    const ask = async () => localBrain(['hello'], { cwd: root, env, host: server.url })
    await ask()
    const runs = join(state(env.HOME), 'runs')
    const [project = ''] = readdirSync(runs)
    const [kept = ''] = readdirSync(join(runs, project))
    writeFileSync(join(runs, project, kept), torn)
    writeFileSync(join(runs, project, `.${kept}.0123456789ab.tmp`), 'left by a crash')
    expect(await localBrain(['last'], { cwd: root, env })).toMatchObject({ code: 2, stdout: '' })
    await ask()
    expect(await localBrain(['last'], { cwd: root, env })).toMatchObject({ code: 0, stdout: 'The answer.\n' })
  })
})

// Node's own end would be 1, which means findings, and a stack trace.
test.skipIf(command.length === 1)('half of an installation is exit 3 and two lines', async () => {
  const { root } = temporaryFolder()
  cpSync(dirname(command.at(-1) ?? ''), join(root, 'dist/bin'), { recursive: true })
  const through = [command[0] ?? '', join(root, 'dist/bin/local-brain.js')]
  const run = await localBrain(['--dry-run', 'hello'], { cwd: root, through })
  expect(run).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/^error: .*\nhint: .*\n$/) as string })
})

// P4. Guards: doors/cli/deliver.ts and store/store.ts are the only writers, and each is told where.
test('a run writes nothing but what was asked for and its own memory', async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const HOME = temporaryFolder().root
  const server = await ollama([reply.calls(read('a.txt')), reply.text('Done.')])
  await localBrain(['-o', 'out.md', 'hello'], { cwd: root, host: server.url, env: { HOME, TMPDIR: HOME } })
  expect(readdirSync(root).sort()).toEqual(['.git', 'a.txt', 'out.md'])
  expect(readdirSync(HOME)).toEqual(['.local'])
  expect(['last', 'models', 'runs', 'servers']).toEqual(expect.arrayContaining(readdirSync(state(HOME))))
})
