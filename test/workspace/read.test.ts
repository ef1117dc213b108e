import { spawnSync } from 'node:child_process'
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openWorkspace } from '../../src/workspace/open.ts'
import { createFolder, createRepository, environment, git, gitEnvironment, write } from '../workspace.ts'

const kinds = ['a folder', 'a repository', 'the index'] as const

/** A workspace `root` whose neighbour `root-sibling` and parent hold what no run may see. */
async function create(kind: (typeof kinds)[number], files: Record<string, string> = {}) {
  const outside = createFolder({ 'secret.txt': 'OUTSIDE', 'root-sibling/x': 'OUTSIDE' })
  const root = join(outside, 'root')
  write(root, { 'src/a.ts': 'inside\n', ...files })
  if (kind !== 'a folder') {
    git(root, 'init', '-q')
    git(root, 'add', '-A', '-f')
  }
  const open = () => openWorkspace({ root, environment, view: kind === 'the index' ? 'index' : 'worktree' })
  return { outside, root, open, workspace: await open() }
}

const absent = (path: string) => ({ code: 'not-available', message: `${path.slice(0, 200)} does not exist` })

const nowhere = [
  'nothing.ts',
  '../secret.txt',
  'src/../../secret.txt',
  '/etc/passwd',
  '/',
  '..',
  '../root-sibling/x',
  '../../../../../../../../etc/passwd',
  '%2e%2e/secret.txt',
  '..%2fsecret.txt',
  '~/.ssh/id_rsa',
  '$HOME/x',
  'file:///etc/passwd',
  'C:\\Windows\\win.ini',
  'a.ts:stream',
  'src/a.ts\0',
  'src/a.ts\n',
  'src/\u001b[31ma.ts',
  'src/\u202ea.ts',
  'src/a.ts/x',
  '.git/config',
  '.GIT/config',
  'src/.git/HEAD',
  'x'.repeat(256),
  `${'a/'.repeat(2500)}b`,
]

describe.each(kinds)('in %s', (kind) => {
  test('a file is read by its relative and by its absolute name', async () => {
    const { root, workspace } = await create(kind)
    const file = { path: 'src/a.ts', text: 'inside\n', size: 7, encoding: 'utf-8', truncated: false, lossy: false }
    for (const name of ['src/a.ts', './src/a.ts', 'src/../src//a.ts', join(root, 'src/a.ts')])
      expect(await workspace.read(name)).toEqual(file)
  })

  test('nothing is there for a name that leads outside, or nowhere', async () => {
    const { workspace } = await create(kind)
    for (const path of nowhere) {
      await expect(workspace.read(path)).rejects.toMatchObject(absent(path))
      await expect(workspace.info(path)).rejects.toMatchObject(absent(path))
      await expect(workspace.list({ under: path })).rejects.toMatchObject(absent(path))
    }
  })

  test.each(['.env', '.ENV', '.env.local', 'deep/.env', 'id_rsa', 'keys/server.PEM', '.ssh/config', '.npmrc'])(
    'the secret %s is not there',
    async (path) => {
      const { workspace } = await create(kind, { [path]: 'KEY' })
      for (const name of [path, path.toUpperCase(), path.toLowerCase()])
        await expect(workspace.read(name)).rejects.toMatchObject(absent(name))
      await expect(workspace.info(path)).rejects.toMatchObject(absent(path))
      expect((await workspace.list()).paths).toEqual(['src/a.ts'])
    },
  )

  test('an example of an environment file is there', async () => {
    const { workspace } = await create(kind, { '.env.example': 'KEY=\n' })
    expect(await workspace.read('.env.example')).toMatchObject({ text: 'KEY=\n' })
  })

  test('links that leave the root lead nowhere', async () => {
    const { outside, root, open } = await create(kind)
    symlinkSync(join(outside, 'secret.txt'), join(root, 'file'))
    symlinkSync(outside, join(root, 'folder'))
    symlinkSync('file', join(root, 'chain'))
    symlinkSync('absent', join(root, 'dangling'))
    symlinkSync('loop', join(root, 'loop'))
    symlinkSync('/proc/self/environ', join(root, 'environ'))
    symlinkSync(`/proc/self/root${outside}/secret.txt`, join(root, 'magic'))
    symlinkSync('/dev/zero', join(root, 'zero'))
    if (kind === 'the index') git(root, 'add', '-A')
    const workspace = await open()
    const names = ['file', 'folder/secret.txt', 'chain', 'dangling', 'loop', 'environ', 'magic', 'zero']
    for (const name of names) await expect(workspace.read(name)).rejects.toMatchObject(absent(name))
    await expect(workspace.list({ under: 'folder' })).rejects.toMatchObject(absent('folder'))
    expect((await workspace.list()).paths).toEqual(['src/a.ts'])
  })

  test('a folder is not a text, and says so', async () => {
    const { workspace } = await create(kind)
    await expect(workspace.read('src')).rejects.toMatchObject({ code: 'unreadable-file', message: 'src is a folder' })
    expect(await workspace.info('src')).toMatchObject({ path: 'src', kind: 'directory', binary: false })
    expect(await workspace.info('.')).toMatchObject({ path: '.', kind: 'directory' })
  })

  test('what is not text is refused, and known as binary', async () => {
    const { root, open } = await create(kind)
    write(root, { 'image.png': Buffer.from([0x89, 0x50, 0, 1]), 'wide.txt': Buffer.from('\ufeffhé\n', 'utf16le') })
    if (kind === 'the index') git(root, 'add', '-A')
    const workspace = await open()
    const refusal = { code: 'unreadable-file', message: 'image.png is not a text file' }
    await expect(workspace.read('image.png')).rejects.toMatchObject(refusal)
    expect(await workspace.info('image.png')).toMatchObject({ kind: 'file', size: 4, binary: true })
    expect(await workspace.read('wide.txt')).toMatchObject({ text: 'hé\n', encoding: 'utf-16le', size: 8 })
    expect(await workspace.info('wide.txt')).toMatchObject({ binary: false })
  })

  test('a cap holds, and is told', async () => {
    const { root, open } = await create(kind)
    write(root, { 'long.txt': 'é'.repeat(100), 'empty.txt': '' })
    if (kind === 'the index') git(root, 'add', '-A')
    const workspace = await open()
    expect(await workspace.read('empty.txt')).toMatchObject({ text: '', size: 0, truncated: false })
    const cut = { text: 'é'.repeat(10), size: 200, truncated: true, lossy: false }
    expect(await workspace.read('long.txt', { maxBytes: 21 })).toMatchObject(cut)
    expect(await workspace.read('long.txt', { maxBytes: 200 })).toMatchObject({ truncated: false })
  })
})

describe.each(['a folder', 'a repository'] as const)('on disk, in %s', (kind) => {
  test('a link that stays inside is followed, unless it leads to something denied', async () => {
    const { root, workspace } = await create(kind, { '.env': 'KEY', 'build/out.ts': 'built', '.gitignore': 'build\n' })
    if (kind === 'a repository') git(root, 'rm', '-q', '--cached', '-r', 'build')
    symlinkSync('src', join(root, 'lib'))
    symlinkSync('.env', join(root, 'ok.txt'))
    symlinkSync('build/out.ts', join(root, 'fine.ts'))
    symlinkSync('src/a.ts', join(root, 'server.pem'))
    expect(await workspace.read('lib/a.ts')).toMatchObject({ path: 'lib/a.ts', text: 'inside\n' })
    for (const name of ['ok.txt', 'fine.ts', 'server.pem'])
      await expect(workspace.read(name)).rejects.toMatchObject(absent(name))
  })

  test('what is ignored is not there', async () => {
    const { root, open } = await create(kind)
    write(root, {
      '.gitignore': '*.log\nbuild/\n!keep.log\n',
      'a.log': '',
      'keep.log': '',
      'build/x/b.ts': '',
      ':!c.log': '',
    })
    const workspace = await open()
    for (const name of ['a.log', 'build', 'build/x', 'build/x/b.ts', ':!c.log'])
      await expect(workspace.info(name)).rejects.toMatchObject(absent(name))
    expect(await workspace.info('keep.log')).toMatchObject({ kind: 'file' })
  })

  test('what changed in the folder counts after a refresh', async () => {
    const { root, open } = await create(kind, { 'b.log': 'log\n' })
    const workspace = await open()
    expect(await workspace.info('b.log')).toMatchObject({ kind: 'file' })
    write(root, { '.gitignore': '*.log\n', 'src/new.ts': 'new\n' })
    workspace.refresh()
    expect(await workspace.info('src/new.ts')).toMatchObject({ kind: 'file' })
    // What git tracks is not ignored.
    if (kind === 'a folder') await expect(workspace.info('b.log')).rejects.toMatchObject(absent('b.log'))
  })

  test('what a person names may be ignored, but no secret and nothing outside', async () => {
    const { root, open } = await create(kind)
    write(root, { '.gitignore': '*.log\n.env\n', 'a.log': 'log', '.env': 'KEY' })
    const workspace = await open()
    expect(await workspace.read('a.log', { named: true })).toMatchObject({ text: 'log' })
    for (const name of ['.env', '../secret.txt', '.git/config'])
      await expect(workspace.read(name, { named: true })).rejects.toMatchObject(absent(name))
  })

  test('FIFOs, sockets and devices are refused at once', async () => {
    const { root, workspace } = await create(kind)
    spawnSync('mkfifo', [join(root, 'fifo')])
    const server = createServer().listen(join(root, 'socket'))
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    for (const name of ['fifo', 'socket']) await expect(workspace.read(name)).rejects.toMatchObject(absent(name))
  })

  test('of an endless file only the head is read', async () => {
    const { root, workspace } = await create(kind)
    write(root, { 'sparse.txt': 'x'.repeat(8000) })
    truncateSync(join(root, 'sparse.txt'), 50e9)
    const read = await workspace.read('sparse.txt', { maxBytes: 100_000 })
    expect(read).toMatchObject({ size: 50e9, truncated: true })
    expect(read.text).toHaveLength(100_000)
  })

  test('a file that another name outside shares is a file like any other', async () => {
    const { outside, root, workspace } = await create(kind)
    linkSync(join(outside, 'secret.txt'), join(root, 'hard.txt'))
    expect(await workspace.read('hard.txt')).toMatchObject({ size: 7 })
  })

  test('info knows when a file was changed', async () => {
    const { root, workspace } = await create(kind)
    const modified = new Date('2026-01-02T03:04:05Z')
    utimesSync(join(root, 'src/a.ts'), modified, modified)
    expect(await workspace.info('src/a.ts')).toEqual({
      path: 'src/a.ts',
      size: 7,
      modified,
      kind: 'file',
      binary: false,
    })
  })

  test('no path ever gives a byte from outside', async () => {
    const { outside, root, workspace } = await create(kind)
    symlinkSync(outside, join(root, 'out'))
    const part = fc.constantFrom(
      '..',
      '.',
      '',
      'src',
      'a.ts',
      'out',
      'root',
      'root-sibling',
      'x',
      'secret.txt',
      root,
      outside,
    )
    const runs = kind === 'a folder' ? 300 : 30
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), async (parts) => {
        const text = await workspace.read(parts.join('/')).then(
          (read) => read.text,
          (error: { code: string }) => error.code,
        )
        expect(['inside\n', 'not-available', 'unreadable-file']).toContain(text)
      }),
      { numRuns: runs },
    )
  })
})

test('a file the person tracks is there although it matches an ignore rule', async () => {
  const { root, workspace } = await create('a repository')
  write(root, { '.gitignore': '*.ts\n' })
  expect(await workspace.read('src/a.ts')).toMatchObject({ text: 'inside\n' })
})

// LOCAL_BRAIN_TORTURE is how many times longer than usual.
test('a folder that keeps turning into a link to outside leaks nothing', { timeout: 120_000 }, async () => {
  const rounds = 1500 * Number(process.env.LOCAL_BRAIN_TORTURE ?? 1)
  const { outside, root, workspace } = await create('a folder')
  mkdirSync(join(outside, 'elsewhere'))
  write(outside, { 'elsewhere/a.ts': 'OUTSIDE' })
  const swaps = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(
    `const { workerData: { root, outside, swaps } } = require('node:worker_threads')
     const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
     while (Atomics.load(swaps, 1) === 0) {
       renameSync(root + '/src', outside + '/aside')
       symlinkSync(outside + '/elsewhere', root + '/src')
       unlinkSync(root + '/src')
       renameSync(outside + '/aside', root + '/src')
       Atomics.add(swaps, 0, 1)
     }`,
    { eval: true, workerData: { root, outside, swaps } },
  )
  const texts = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    const read = await workspace.read('src/a.ts').catch((error: { code: string }) => ({ text: error.code }))
    texts.add(read.text)
  }
  Atomics.store(swaps, 1, 1)
  await new Promise((resolve) => worker.once('exit', resolve))
  expect(swaps[0]).toBeGreaterThan(10)
  expect([...texts].sort()).toEqual(['inside\n', 'not-available'])
})

describe('the index', () => {
  test('is what would be committed, not what lies on disk', async () => {
    const folder = createRepository({ 'a.txt': 'one\n', 'gone.txt': 'still staged\n' })
    write(folder, { 'a.txt': 'staged\n' })
    git(folder, 'add', 'a.txt')
    write(folder, { 'a.txt': 'on disk\n', 'new.txt': 'untracked\n' })
    rmSync(join(folder, 'gone.txt'))
    const workspace = await openWorkspace({ root: folder, environment, view: 'index' })
    expect(await workspace.read('a.txt')).toMatchObject({ text: 'staged\n' })
    expect(await workspace.read('gone.txt')).toMatchObject({ text: 'still staged\n' })
    await expect(workspace.read('new.txt')).rejects.toMatchObject(absent('new.txt'))
    expect((await workspace.list()).paths).toEqual(['a.txt', 'gone.txt'])
  })

  test('of a clone without that content says so', async () => {
    const folder = createRepository()
    const id = git(folder, 'rev-parse', ':a.txt').trim()
    rmSync(join(folder, '.git/objects', id.slice(0, 2), id.slice(2)))
    const workspace = await openWorkspace({ root: folder, environment, view: 'index' })
    await expect(workspace.read('a.txt')).rejects.toMatchObject({ code: 'git-failed' })
  })

  test('has no submodules and no files in conflict', async () => {
    const folder = createRepository()
    git(folder, 'submodule', '--quiet', 'add', createRepository(), 'sub')
    git(folder, 'commit', '-q', '-m', 'sub')
    git(folder, 'checkout', '-q', '-b', 'other')
    write(folder, { 'a.txt': 'theirs\n' })
    git(folder, 'commit', '-q', '-a', '-m', 'theirs')
    git(folder, 'checkout', '-q', 'main')
    write(folder, { 'a.txt': 'ours\n' })
    git(folder, 'commit', '-q', '-a', '-m', 'ours')
    spawnSync('git', ['merge', 'other'], { cwd: folder, env: gitEnvironment })
    const workspace = await openWorkspace({ root: folder, environment, view: 'index' })
    for (const name of ['sub', 'sub/a.txt', 'a.txt'])
      await expect(workspace.read(name)).rejects.toMatchObject(absent(name))
  })

  test('of a folder below the top is that folder', async () => {
    const folder = createRepository({ 'a.txt': 'top\n', 'src/a.txt': 'below\n' })
    const workspace = await openWorkspace({ root: join(folder, 'src'), environment, view: 'index' })
    expect(await workspace.read('a.txt')).toMatchObject({ path: 'a.txt', text: 'below\n' })
    await expect(workspace.read('../a.txt')).rejects.toMatchObject(absent('../a.txt'))
    expect((await workspace.list()).paths).toEqual(['a.txt'])
  })
})

test('a root that was moved away is no longer there', async () => {
  const { outside, root, workspace } = await create('a folder')
  renameSync(root, join(outside, 'moved'))
  symlinkSync(join(outside, 'moved'), root)
  await expect(workspace.read('src/a.ts')).rejects.toMatchObject(absent('src/a.ts'))
})
