import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { createCommands, type CommandsOptions } from '../../../src/workspace/sandbox/commands.ts'
import { findSandbox } from '../../../src/workspace/sandbox/find.ts'
import { createFolder, git, write } from '../../workspace.ts'

const never = new AbortController().signal
const own = realpathSync(mkdtempSync(join(tmpdir(), 'sandbox-')))
const found = await findSandbox({ path: process.env['PATH'], folders: [], own }, never)
afterAll(() => rmSync(own, { recursive: true }))

/** Commands on a repository, with a home folder that holds a key. */
async function box(files: Record<string, string> = {}, options: Partial<CommandsOptions> = {}) {
  if ('reason' in found) throw new Error(found.reason)
  const around = realpathSync(createFolder({ 'home/.ssh/id_rsa': 'HOMEKEY', 'beside.txt': 'BESIDE' }))
  const root = join(around, 'root')
  write(root, { 'src/a.ts': 'inside\n', ...files })
  git(root, 'init', '-q')
  const commands = createCommands({
    sandbox: found,
    root,
    folder: root,
    passed: ['SECRET_TOKEN', 'NODE_OPTIONS', 'EDITOR'],
    environment: {
      PATH: process.env['PATH'],
      EDITOR: 'ed',
      SECRET_TOKEN: 'TOKEN',
      NODE_OPTIONS: '--max-old-space-size=1',
    },
    home: join(around, 'home'),
    cache: join(around, 'cache'),
    network: false,
    ...options,
  })
  const run = async (
    line: string,
    more: { in?: string; timeoutMs?: number; signal?: AbortSignal; input?: string } = {},
  ) =>
    commands.run(
      {
        line,
        in: more.in ?? '.',
        timeoutMs: more.timeoutMs ?? 20_000,
        ...(more.input !== undefined && { input: more.input }),
      },
      more.signal ?? never,
    )
  return { around, root, run }
}

describe.skipIf('reason' in found)('in the sandbox', () => {
  test('a command works on the folder, and what it writes is there', async () => {
    const { root, run } = await box()
    const ended = await run('cat a.ts; echo done > ../out.txt; exit 3', { in: 'src' })
    expect(ended).toMatchObject({ exitCode: 3, output: 'inside\n' })
    expect(readFileSync(join(root, 'out.txt'), 'utf8')).toBe('done\n')
  })

  test('it sees neither the home folder nor what lies beside the workspace, nor any variable', async () => {
    const { around, run } = await box()
    const { output } = await run(
      `cat ${around}/home/.ssh/id_rsa ${around}/beside.txt; ls ${around}; env; cat /etc/shadow`,
    )
    expect(output).not.toMatch(/HOMEKEY|BESIDE|TOKEN|NODE_OPTIONS|root:/)
    expect(output).toContain('CI=1')
    // One that the configuration names is passed on, unless it holds a secret or starts programs.
    expect(output).toContain('EDITOR=ed')
  })

  test('secrets of the workspace show as empty, and .git cannot be written', async () => {
    const { root, run } = await box({ '.env': 'KEY=1', 'deep/.aws/credentials': 'AWS', 'deep/id_rsa': 'RSA' })
    git(join(root, 'deep'), 'init', '-q')
    const { output } = await run(
      'cat .env deep/.aws/credentials deep/id_rsa; echo x >> .git/config; echo x > deep/.git/x; mv .git .git2',
    )
    expect(output).not.toMatch(/KEY|AWS|RSA/)
    expect(output).toMatch(/Read-only file system/)
    expect(existsSync(join(root, 'deep/.git/x'))).toBe(false)
    expect(existsSync(join(root, '.git2'))).toBe(false)
  })

  test('there is no network, and no port of this machine', async () => {
    const server = createServer((socket) => socket.end('REACHED')).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const line = `exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3`
    expect((await (await box()).run(line)).output).not.toContain('REACHED')
    // With the network allowed the same command reaches it.
    expect((await (await box({}, { network: true })).run(line)).output).toContain('REACHED')
  })

  test('what a command starts ends with it, at its limit and when it is interrupted', async () => {
    const { root, run } = await box()
    const outlive = '(setsid nohup bash -c "trap \\"\\" TERM HUP; sleep 2; echo alive >> alive.txt" &) ; sleep 10'
    expect(await run(outlive, { timeoutMs: 500 })).toMatchObject({ exitCode: null, reason: 'timeout' })
    const stop = new AbortController()
    const running = run(outlive, { signal: stop.signal })
    setTimeout(() => stop.abort(), 300)
    expect(await running).toMatchObject({ exitCode: null, reason: 'interrupted' })
    await new Promise((resolve) => setTimeout(resolve, 2500))
    expect(existsSync(join(root, 'alive.txt'))).toBe(false)
  })

  test('of endless output the beginning and the end are kept, and the command ends', async () => {
    const { run } = await box()
    const ended = await run('echo first; yes')
    expect(ended).toMatchObject({ reason: 'output' })
    expect(ended.output.length).toBeLessThan(65 * 1024)
    expect(ended.output).toMatch(/^first\ny\n[^]*\[\d+ bytes left out\]/)
  })

  test('no namespace can be made inside, and other kinds of sockets cannot be opened', async () => {
    const { run } = await box()
    expect((await run('unshare -Ur true')).exitCode).not.toBe(0)
    const vsock = 'python3 -c "import socket; socket.socket(40, socket.SOCK_STREAM)" 2>&1 | tail -1'
    expect((await run(vsock)).output).toMatch(/Address family not supported|not found/)
  })

  test('a folder outside is refused, by whatever way', async () => {
    const { root, run } = await box()
    writeFileSync(join(root, 'file'), '')
    for (const name of ['..', '/', '/etc', 'src/../..', 'nothing', 'file'])
      await expect(run('true', { in: name })).rejects.toMatchObject({ code: 'not-available' })
  })

  test('a program can be given its input', async () => {
    const { run } = await box()
    expect(await run('cat; cat', { input: 'given' })).toMatchObject({ exitCode: 0, output: 'given' })
    expect(await run('cat')).toMatchObject({ exitCode: 0, output: '' })
  })
})

test('a script of the repository named bwrap is not taken for the sandbox', async () => {
  const root = realpathSync(createFolder({ 'bin/bwrap': '#!/bin/sh\ntouch ran\n' }))
  chmodSync(join(root, 'bin/bwrap'), 0o755)
  const result = await findSandbox({ path: join(root, 'bin'), folders: [root], own }, never)
  if ('reason' in result) expect(result.reason).toContain('not installed')
  else expect(result.name).toMatch(/^bubblewrap /)
  expect(existsSync(join(root, 'ran'))).toBe(false)
})
