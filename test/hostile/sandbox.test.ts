import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { createCommands } from '../../src/workspace/sandbox/commands.ts'
import { findSandbox } from '../../src/workspace/sandbox/find.ts'
import { createFolder, git, write } from '../workspace.ts'

const own = realpathSync(mkdtempSync(join(tmpdir(), 'sandbox-')))
const never = new AbortController().signal
const found = await findSandbox({ path: process.env['PATH'], folders: [], own }, never)
afterAll(() => rmSync(own, { recursive: true }))
const here = 'run' in found
const isRoot = process.getuid?.() === 0

/** A repository with secrets, beside a home folder with keys; a command in the sandbox, and the same without one. */
async function place(network = false) {
  if (!('run' in found)) throw new Error(found.reason)
  const around = realpathSync(createFolder({ 'home/.ssh/id_rsa': 'MARK', 'home/.npmrc': 'MARK', 'other/file': 'MARK' }))
  const root = join(around, 'root')
  write(root, { 'a.txt': 'text\n', '.env': 'MARK', 'conf/server.pem': 'MARK', '.gitignore': '.env\n' })
  git(root, 'init', '-q')
  const environment = {
    PATH: process.env['PATH'],
    HOME: join(around, 'home'),
    API_TOKEN: 'MARK',
    SSH_AUTH_SOCK: '/MARK',
  }
  const commands = createCommands({
    sandbox: found,
    root,
    folder: root,
    environment,
    home: join(around, 'home'),
    cache: join(around, 'cache'),
    network,
  })
  const inside = async (line: string, timeoutMs = 15_000) => commands.run({ line, in: '.', timeoutMs }, never)
  const outside = (line: string, timeout = 15_000) => {
    const { stdout, stderr } = spawnSync('bash', ['-c', line], {
      cwd: root,
      env: environment,
      encoding: 'utf8',
      timeout,
    })
    return stdout + stderr
  }
  return { around, root, inside, outside }
}

describe.skipIf(!here)('a command sees no secret', () => {
  test.each([
    ['a key of the home folder', 'cat "$HOME/.ssh/id_rsa"'],
    ['a setting of the home folder', 'cat ~/.npmrc'],
    ['a file beside the workspace', 'cat ../other/file'],
    ['the same by the current folder of a process', 'cat /proc/self/cwd/../other/file'],
    ['an ignored file of secrets', 'cat .env'],
    ['a key in the workspace', 'cat conf/server.pem'],
    ['a copy of one', 'cp .env copy.txt; cat copy.txt'],
    ['a link to one', 'ln -s .env link.txt; cat link.txt'],
    ['a hard link to one', 'ln .env hard.txt; cat hard.txt'],
    ['its own variables', 'env'],
    ['the variables of the one that started it', `bash -c 'tr "\\\\0" "\\\\n" < /proc/$PPID/environ'; true`],
  ])('%s', async (_, line) => {
    const { outside } = await place()
    expect(outside(line)).toContain('MARK')
    // In a place of its own: the twin may have left copies.
    const { output } = await (await place()).inside(line)
    expect(output).not.toContain('MARK')
  })

  test.skipIf(!isRoot)('the passwords of the system', async () => {
    const { inside, outside } = await place()
    expect(outside('cat /etc/shadow')).toContain('root:')
    expect((await inside('cat /etc/shadow')).output).not.toContain('root:')
  })
})

describe.skipIf(!here)('a command reaches nothing', () => {
  test.skipIf(spawnSync('python3', ['--version']).status !== 0)(
    'no socket of this machine, by path or abstract',
    async () => {
      const { around, inside, outside } = await place()
      for (const address of [join(around, 'agent.sock'), `@local-brain-${process.pid}`]) {
        const name = `'${address}'.replace('@', '\\0')`
        const open = `import socket; s = socket.socket(socket.AF_UNIX)`
        const serve = `${open}; s.bind(${name}); s.listen(); print('ready', flush=True)\nwhile True: s.accept()[0].send(b'REACHED')`
        const server = spawn('python3', ['-c', serve])
        onTestFinished(() => void server.kill())
        await once(server.stdout, 'data')
        const line = `python3 -c "${open}; s.connect(${name}); print(s.recv(9))"`
        expect(outside(line)).toContain('REACHED')
        expect((await inside(line)).output).not.toContain('REACHED')
      }
    },
  )

  test('no name is looked up', async () => {
    const { inside } = await place()
    expect((await inside('getent hosts example.com; echo $?')).output.trim()).toBe('2')
  })
})

describe.skipIf(!here)('a command cannot plant what runs later', () => {
  test.each([
    ['a hook', 'mkdir -p .git/hooks; echo x > .git/hooks/pre-commit', '.git/hooks/pre-commit'],
    ['a link in .git', 'ln -s / .git/x', '.git/x'],
    ['another .git', 'mv .git old; mkdir .git; touch .git/x', '.git/x'],
    ['a file beside the workspace', 'touch ../other/planted', '../other/planted'],
  ])('%s', async (_, line, path) => {
    const twin = await place()
    twin.outside(line)
    expect(readdirSync(join(twin.root, path, '..'))).toContain(path.split('/').at(-1))
    const { root, inside } = await place()
    await inside(line)
    expect(existsSync(join(root, path))).toBe(false)
  })

  test('a setting of the repository', async () => {
    const line = 'git config core.fsmonitor "touch MARK"'
    const twin = await place()
    twin.outside(line)
    expect(readFileSync(join(twin.root, '.git/config'), 'utf8')).toContain('fsmonitor')
    const { root, inside } = await place()
    await inside(line)
    expect(readFileSync(join(root, '.git/config'), 'utf8')).not.toContain('fsmonitor')
  })
})

describe.skipIf(!here)('nothing of a command is left', () => {
  test.each([
    ['one that ignores signals', 'trap "" TERM HUP INT; sleep 61234'],
    ['one in a session of its own', 'setsid sleep 61234 & sleep 60'],
    ['one that its parent left', '(nohup sleep 61234 >/dev/null 2>&1 &); exit 0'],
    ['one that is stopped', 'sleep 61234 & kill -STOP $!; sleep 60'],
    ['one under another name', 'exec -a innocent sleep 61234'],
  ])('%s', async (_, line) => {
    const { inside } = await place()
    const started = performance.now()
    await inside(line, 700)
    expect(performance.now() - started).toBeLessThan(5000)
    // The kernel ends what is left in the namespace, which may take it a moment.
    const left = () => spawnSync('pgrep', ['-f', 'sleep 61234'], { encoding: 'utf8' }).stdout
    await expect.poll(left, { timeout: 2000 }).toBe('')
  })

  // root's own processes are not counted.
  test.skipIf(isRoot)('a bomb of processes is bounded', async () => {
    const { inside } = await place()
    const { output } = await inside(
      'n=0; while sleep 30 & do n=$((n+1)); [ $n -gt 600 ] && break; done 2>&1; echo "started $n"',
      10_000,
    )
    expect(output).toMatch(/fork|Resource temporarily unavailable/)
  })

  test('a program that asks for an answer gets none', async () => {
    const { inside } = await place()
    expect((await inside('read -r answer; echo "got $answer $?"')).output).toBe('got  1\n')
  })

  test('output without a line end, and bytes that are no text', async () => {
    const { inside } = await place()
    const before = process.memoryUsage().rss
    const ended = await inside('head -c 200000000 /dev/zero')
    expect(ended.reason).toBe('output')
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
  })
})
