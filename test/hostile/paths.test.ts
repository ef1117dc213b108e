import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { localBrain } from '../doors/cli/local-brain.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'
import { peakOf, saysPeak } from '../doors/cli/peak.ts'
import { attackWith, everything, read } from './attack.ts'
import { ollama } from '../doors/cli/ollama.ts'

const secret = 'wq7-outside-and-private'

/** A repository called `project`, and beside it what no run may see. */
function project() {
  const around = temporaryFolder({
    'outside/private.txt': `${secret}\n`,
    'project-sibling/x': `${secret}\n`,
    'project/a.txt': 'inside\n',
  })
  const root = join(around.root, 'project')
  const link = (to: string, from: string) => symlinkSync(to, join(root, from))
  execFileSync('git', ['init', '-q', root])
  return {
    around: around.root,
    root,
    link,
    write: (path: string, text: string) => around.write(`project/${path}`, text),
  }
}

/** What a missing file is answered with; whatever may not be read has to be answered the same. */
const absent = (path: string) => `Error: ${path.slice(0, 200)} does not exist; list_directory shows what does`

describe('what the model asks for', () => {
  test('leads nowhere when it lies outside', async () => {
    const { root, around } = project()
    const paths = ['../../etc/passwd', '/etc/passwd', '../project-sibling/x', `${around}/project-sibling/x`, 'absent']
    const attack = await attackWith(paths.map(read), root)
    expect(attack.results).toEqual(paths.map(absent))
    expect(everything(attack)).not.toContain(secret)
    expect(attack.run.code).toBe(0)
  })

  test('leads nowhere through links, whole or broken', async () => {
    const { root, around, link } = project()
    link(join(around, 'outside/private.txt'), 'file')
    link(join(around, 'outside'), 'folder')
    link('folder', 'chain')
    link('nowhere', 'dangling')
    link('loop', 'loop')
    const paths = ['file', 'folder/private.txt', 'chain/private.txt', 'dangling', 'loop']
    const attack = await attackWith(
      [
        ...paths.map(read),
        { name: 'search_code', arguments: { pattern: 'wq7' } },
        { name: 'list_directory', arguments: { pattern: '**' } },
      ],
      root,
    )
    expect(attack.results.slice(0, 5)).toEqual(paths.map(absent))
    expect(everything(attack)).not.toContain(secret)
    expect(attack.results.at(-1)).not.toContain('private.txt')
  })

  test('is never waited for: FIFOs, sockets and devices', async () => {
    const { root, link } = project()
    execFileSync('mkfifo', [join(root, 'fifo')])
    const socket = createServer().listen(join(root, 'socket'))
    onTestFinished(() => void socket.close())
    link('/dev/zero', 'zero')
    link('/proc/self/environ', 'environ')
    const paths = ['fifo', 'socket', 'zero', 'environ']
    const attack = await attackWith(paths.map(read), root)
    expect(attack.results).toEqual(paths.map(absent))
    expect(Math.max(...attack.report.toolCalls.map(({ ms }) => ms))).toBeLessThan(1000)
  })

  test('is denied under every name when it is a secret', async () => {
    const { root, write, link } = project()
    const paths = ['.env', '.ENV', '.env.local', 'id_rsa', 'deep/Server.PEM', '.git/config']
    for (const path of paths) if (!path.startsWith('.git')) write(path, secret)
    link('.env', 'ok.txt')
    link('a.txt', 'server.key')
    const asked = [...paths, 'ok.txt', 'server.key']
    const attack = await attackWith([...asked.map(read), { name: 'search_code', arguments: { pattern: 'wq7' } }], root)
    expect(attack.results.slice(0, -1)).toEqual(asked.map(absent))
    expect(everything(attack)).not.toContain(secret)
  })

  // The whole list of names is in test/workspace/secrets.test.ts. Guard: secret-words.
  test('is denied by every way to it when its name says that it is a secret', async () => {
    const names = [
      '.envrc',
      'prod.env',
      '.vault-token',
      'terraform.tfvars',
      'db_password.txt',
      'deploy/secrets/prod.yaml',
    ]
    const { root, git, write } = repository({ 'src/secrets/index.ts': 'export const first = 1\n' })
    write('src/secrets/index.ts', 'export const second = 2\n')
    for (const name of names) write(name, `${secret}\n`)
    const calls = [
      ...names.map(read),
      { name: 'search_code', arguments: { pattern: 'wq7|second' } },
      { name: 'list_directory', arguments: { pattern: '**' } },
      { name: 'git_status', arguments: {} },
    ]
    const loose = await attackWith(calls, root, ['-d', '.'])
    git('add', '-A')
    const staged = await attackWith([...calls, { name: 'git_diff', arguments: {} }], root, ['--git-diff'])
    git('commit', '-q', '-m', 'second')
    const kept = await attackWith([...calls, { name: 'git_show', arguments: { revision: 'HEAD' } }], root)
    for (const attack of [loose, staged, kept]) {
      expect(attack.results.slice(0, names.length)).toEqual(names.map(absent))
      expect(everything(attack)).not.toContain(secret)
      // A folder of programs is none, whatever it is called.
      expect(everything(attack)).toContain('export const second = 2')
    }
    for (const name of names) {
      expect((await localBrain(['-f', name, '-s', 'explain'], { cwd: root })).code).toBe(2)
    }
  })

  // Nothing decodes `%2e`.
  test('is taken as it is written, however odd', async () => {
    const { root, write } = project()
    write('%2e%2e/x', 'literal\n')
    const paths = ['a\0b', 'x/'.repeat(2500), 'n'.repeat(300), String.raw`C:\x`, 'a.txt:ads', '../%2e%2e/x']
    const attack = await attackWith([...paths, '%2e%2e/x'].map(read), root)
    expect(attack.results.slice(0, -1)).toEqual(paths.map(absent))
    expect(attack.results.at(-1)).toContain('literal')
    expect(attack.run.code).toBe(0)
  })
})

describe('what a person names', () => {
  test('is refused outside of the folder that was opened, before anything is sent', async () => {
    const { root, around, link, write } = project()
    link(join(around, 'outside'), 'folder')
    write('.env', secret)
    const server = await ollama([])
    for (const path of ['../outside/private.txt', '/etc/passwd', 'folder/private.txt', '.env', '../outside/*']) {
      const run = await localBrain(['-f', path, '-s', 'explain'], { cwd: root, host: server.url })
      expect({ path, code: run.code, stdout: run.stdout }).toEqual({ path, code: 2, stdout: '' })
      expect(run.stderr).not.toContain(secret)
    }
    expect(server.requests).toEqual([])
  })

  test.each([
    ['of 50 GB with nothing in it', (file: string) => truncateSync(file, 50 * 2 ** 30)],
    ['of 10 MB in one line', (file: string) => writeFileSync(file, 'x'.repeat(10 * 2 ** 20))],
  ])('is read up to a limit, which is told: a file %s', async (_, fill) => {
    const { root } = temporaryFolder()
    const file = join(root, 'big.txt')
    writeFileSync(file, 'head\n'.repeat(2000))
    fill(file)
    const args = ['--dry-run', '--format', 'json', '-s', 'explain', '-f', 'big.txt']
    const run = await localBrain(args, { cwd: root, env: saysPeak })
    const plan = JSON.parse(run.stdout) as { notReviewed: { path: string; reason: string; gap: boolean }[] }
    expect(plan.notReviewed[0]).toMatchObject({ path: 'big.txt', reason: 'only the first 4 MB are read', gap: true })
    expect(peakOf(run)).toBeLessThan(300)
  })

  test('is decoded or refused by what it is', async () => {
    const { root, write } = temporaryFolder()
    write('binary.dat', Buffer.from([1, 0, 2, 0, 255]))
    write('wide.txt', Buffer.from('\ufeffgrüße', 'utf16le'))
    write('torn.txt', Buffer.from([0x6f, 0x6b, 0xff, 0xed, 0xa0, 0x80, 0x0a]))
    const dry = (path: string) => localBrain(['--dry-run', '-s', 'explain', '-f', path], { cwd: root })
    expect(await dry('binary.dat')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not a text file') as string,
    })
    expect((await dry('wide.txt')).stdout).toContain('grüße')
    const torn = await dry('torn.txt')
    expect(torn.stdout).toContain('ok\ufffd')
    expect(torn.stderr).toContain('"torn.txt" is not valid UTF-8')
  })

  test('is walked in bounds, in order, and around no loop', async () => {
    const { root, write } = temporaryFolder()
    for (const name of ['b.ts', 'a.ts', 'c.ts']) write(name, `export const ${name[0]} = 1\n`)
    symlinkSync('.', join(root, 'self'))
    let deep = root
    for (let level = 0; level < 200; level += 1) deep = join(deep, 'd')
    mkdirSync(deep, { recursive: true })
    writeFileSync(join(deep, 'bottom.ts'), '')
    const run = await localBrain(['--dry-run', '--format', 'json', '-s', 'explain', '-d', '.'], { cwd: root })
    const plan = JSON.parse(run.stdout) as {
      units: { path: string }[]
      notReviewed: { reason: string; gap: boolean }[]
    }
    expect(plan.units.map(({ path }) => path)).toEqual(['a.ts', 'b.ts', 'c.ts'])
    expect(plan.notReviewed).toMatchObject([
      { reason: expect.stringContaining('limit of the search') as string, gap: true },
    ])
  })
})

// Not a promise (SECURITY.md), but cheap: what is kept and passed on holds no key that a model repeats. Guards:
// app/assemble.ts, `redactSecrets(ending.text)`; doors/cli/log-file.ts, withoutSecrets.
test('what looks like a key is cut short in an answer, in what is remembered and in the log', async () => {
  const key = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`
  const { root } = repository({ 'a.txt': `token = "${key}"\n` })
  const HOME = temporaryFolder().root
  const server = await ollama([reply.calls(read('a.txt')), reply.text(`It holds ${key}, which is a token.`)])
  const log = join(HOME, 'log.jsonl')
  const args = ['--format', 'json', '--log-file', log, 'what is in a.txt?']
  const run = await localBrain(args, { cwd: root, host: server.url, env: { HOME } })
  const last = await localBrain(['last'], { cwd: root, env: { HOME } })
  expect(last.stdout).toBe(`It holds ghp_[redacted]F6, which is a token.\n`)
  const kept = readFileSync(log, 'utf8')
  expect(kept).toContain('ghp_[redacted]F6')
  expect([run.stdout, run.stderr, last.stdout, kept].join('\n')).not.toContain(key)
})

test('a file that git ignores reaches no model', async () => {
  const { root } = repository({ '.gitignore': 'private/\n' })
  mkdirSync(join(root, 'private'))
  writeFileSync(join(root, 'private/notes.txt'), secret)
  const attack = await attackWith([read('private/notes.txt')], root)
  expect(attack.results).toEqual([absent('private/notes.txt')])
  expect(everything(attack)).not.toContain(secret)
})
