import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openGit } from '../../../src/workspace/git/open.ts'
import { createFolder, createRepository, environment, git, gitEnvironment, write } from '../../workspace.ts'

async function open(folder: string, more: Record<string, string> = {}, hook = false) {
  const ours = await openGit(folder, { environment: { ...environment, ...more }, hook })
  if (!ours) throw new Error(`${folder} is no repository`)
  return ours
}

async function hooksOf(folder: string, HOME: string): Promise<string> {
  return (await (await open(folder, { HOME })).place()).hooks
}

test('a command that is given nothing to read comes to its end', async () => {
  const ours = await open(createRepository())
  expect(await ours.run(['cat-file', '--batch-check'], { input: '' })).toBe('')
})

describe('opening', () => {
  test('a folder without a repository is none, and needs no git', async () => {
    expect(await openGit(createFolder(), { environment: { PATH: '/nonexistent' } })).toBeNull()
  })

  test('from a subfolder the top is found, with the folder that hooks run from', async () => {
    const folder = createRepository({ 'src/a.ts': '' })
    const ours = await open(join(folder, 'src'))
    expect(ours.top).toBe(folder)
    expect(await ours.place()).toMatchObject({ hooks: `${folder}/.git/hooks` })
  })

  test('hooks run from where the repository or the person says', async () => {
    const folder = createRepository()
    const home = createFolder({ '.gitconfig': '[core]\n\thooksPath = ~/hooks\n' })
    expect(await hooksOf(folder, home)).toBe(join(home, 'hooks'))
    git(folder, 'config', 'core.hooksPath', '.husky/_')
    expect(await hooksOf(folder, home)).toBe(join(folder, '.husky/_'))
  })

  test('a missing git is named', async () => {
    const folder = createRepository()
    await expect(openGit(folder, { environment: { PATH: '/nonexistent' } })).rejects.toMatchObject({
      code: 'git-failed',
      message: 'git is not installed, or not on the PATH',
    })
  })

  test('a git that ignores settings from the environment is too old to be safe', async () => {
    const folder = createRepository()
    const old = createFolder({
      git: '#!/bin/sh\nunset GIT_CONFIG_COUNT\nPATH=${0%/*}/../..:/usr/local/bin:/usr/bin:/bin exec git "$@"\n',
    })
    spawnSync('chmod', ['+x', join(old, 'git')])
    await expect(openGit(folder, { environment: { PATH: `${old}:${environment.PATH}` } })).rejects.toMatchObject({
      code: 'git-refused',
      hint: 'install git 2.31 or newer',
    })
  })

  test("variables of the person's shell do not reach git", async () => {
    const folder = createRepository()
    const other = createRepository({ 'other.txt': '' })
    const ours = await open(folder, {
      GIT_DIR: join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: join(other, '.git/index'),
      GIT_EXTERNAL_DIFF: 'false',
      GIT_CONFIG_PARAMETERS: "'core.bare=true'",
    })
    expect(ours.top).toBe(folder)
    expect(await ours.run(['ls-files'])).toBe('a.txt\n')
  })
})

describe('in a hook', () => {
  test('the index that git handed over counts', async () => {
    const folder = createRepository({ 'a.txt': 'one\n', 'b.txt': 'one\n' })
    write(folder, { 'a.txt': 'two\n', 'b.txt': 'two\n' })
    cpSync(join(folder, '.git/index'), join(folder, '.git/next-index-1.lock'))
    spawnSync('git', ['add', 'b.txt'], {
      cwd: folder,
      env: { ...gitEnvironment, GIT_INDEX_FILE: '.git/next-index-1.lock' },
    })
    const args = ['diff', '--cached', '--name-only']
    const given = { GIT_INDEX_FILE: '.git/next-index-1.lock' }
    expect(await (await open(folder, given, true)).run(args)).toBe('b.txt\n')
    expect(await (await open(folder, given)).run(args)).toBe('')
  })

  test.each([['outside'], ['/etc/passwd'], ['.git/absent']])('an index at %s is refused', async (index) => {
    const folder = createRepository({ outside: '' })
    await expect(open(folder, { GIT_INDEX_FILE: index }, true)).rejects.toMatchObject({ code: 'git-refused' })
  })

  test('in a linked work tree its own files are seen', async () => {
    const folder = createRepository()
    const linked = join(createFolder(), 'linked')
    git(folder, 'worktree', 'add', '-q', linked)
    write(linked, { 'b.txt': '' })
    git(linked, 'add', 'b.txt')
    mkdirSync(join(linked, 'sub'))
    const given = {
      GIT_DIR: `${folder}/.git/worktrees/linked`,
      GIT_INDEX_FILE: `${folder}/.git/worktrees/linked/index`,
    }
    const ours = await open(linked, given, true)
    expect(ours.top).toBe(linked)
    expect(await ours.run(['diff', '--cached', '--name-status'])).toBe('A\tb.txt\n')
  })

  test('a repository kept apart from its files is found where git says', async () => {
    const folder = createFolder({ 'a.txt': 'one\n' })
    const apart = join(createFolder(), 'apart')
    git(folder, 'init', '-q', '--bare', apart)
    git(folder, `--git-dir=${apart}`, `--work-tree=${folder}`, 'add', 'a.txt')
    const ours = await open(folder, { GIT_DIR: apart, GIT_WORK_TREE: '.' }, true)
    expect(ours.top).toBe(folder)
    expect(await ours.run(['diff', '--cached', '--name-only'])).toBe('a.txt\n')
  })
})

describe('running', () => {
  test('a failure is never an empty answer', async () => {
    const ours = await open(createRepository())
    await expect(ours.run(['show', 'nothing'])).rejects.toMatchObject({
      code: 'git-failed',
      message: 'git show: it does not know a name that it was given',
    })
    await expect(ours.run(['diff', '--quiet', 'HEAD', '--exit-code', '--no-such-option'])).rejects.toMatchObject({
      code: 'git-failed',
    })
  })

  test('an exit code without a message is a failure too, unless it was expected', async () => {
    const folder = createRepository()
    write(folder, { 'a.txt': 'two\n' })
    const ours = await open(folder)
    await expect(ours.run(['diff', '--quiet'])).rejects.toMatchObject({ code: 'git-failed' })
    expect(await ours.run(['diff', '--quiet'], { exitCodes: [1] })).toBe('')
  })

  test('a command that nobody has looked at does not run', async () => {
    const ours = await open(createRepository())
    await expect(ours.run(['blame', 'x'])).rejects.toThrow('git blame is not a command')
  })

  test('more output than allowed is an error, or left out', async () => {
    const ours = await open(createRepository({ 'a.txt': 'x'.repeat(500_000) }))
    const args = ['cat-file', 'blob', 'HEAD:a.txt']
    await expect(ours.run(args, { maxBytes: 1000 })).rejects.toMatchObject({ code: 'git-failed' })
    expect(await ours.run(args, { maxBytes: 1000, clip: true })).toBe('x'.repeat(1000))
    expect(await ours.run(args, { maxBytes: 500_000 })).toHaveLength(500_000)
  })

  test('a git that does not answer is stopped', async () => {
    const folder = createRepository()
    const ours = await open(folder)
    spawnSync('mkfifo', [join(folder, '.git/fifo')])
    git(folder, 'config', 'core.excludesFile', join(folder, '.git/fifo'))
    const processes = () => spawnSync('pgrep', ['-f', `git status.*${folder}`], { encoding: 'utf8' }).stdout
    const failure = ours.run(['status', '--', folder], { timeoutMs: 1000 }).catch((error: unknown) => error)
    await expect.poll(processes).not.toBe('')
    expect(await failure).toMatchObject({ code: 'git-failed', message: 'git status took longer than 1 s' })
    await expect.poll(processes).toBe('')
  })

  test("the caller's signal stops it with its own reason", async () => {
    const folder = createRepository()
    const ours = await open(folder)
    spawnSync('mkfifo', [join(folder, '.git/fifo')])
    git(folder, 'config', 'core.excludesFile', join(folder, '.git/fifo'))
    const stop = new AbortController()
    const failure = ours.run(['status'], { signal: stop.signal }).catch((error: unknown) => error)
    stop.abort(new Error('the person left'))
    expect(await failure).toEqual(new Error('the person left'))
    await expect(ours.run(['log'], { signal: stop.signal })).rejects.toThrow('the person left')
  })

  test('a name is a name: nothing in it is magic', async () => {
    const folder = createRepository({ 'a.txt': '', '*.txt': '', ':(top)b': '' })
    const ours = await open(folder)
    expect(await ours.run(['ls-files', '--', '*.txt'])).toBe('*.txt\n')
    expect(await ours.run(['ls-files', '--', ':(top)b'])).toBe(':(top)b\n')
  })

  test("the person's own ignore file holds, and nothing else of their settings", async () => {
    const folder = createRepository({ 'a.txt': 'one\ntwo\n' })
    write(folder, { 'notes.private': '', 'b.txt': '', 'a.txt': 'one\nthree\n' })
    const home = createFolder({
      '.gitconfig': '[core]\n\texcludesFile = ~/ignore\n[diff]\n\tcontext = 0\n',
      ignore: '*.private\n',
    })
    const ours = await open(folder, { HOME: home })
    expect(await ours.run(['ls-files', '-o', '--exclude-standard'])).toBe('b.txt\n')
    expect(await ours.run(['diff'])).toContain('\n one\n-two\n+three\n')
  })

  test('a diff looks the same whatever the repository prefers', async () => {
    const folder = createRepository({ 'é.txt': 'one\n' })
    write(folder, { 'é.txt': 'two\n' })
    const ours = await open(folder)
    const plain = await ours.run(['diff'])
    expect(plain).toMatch(/^diff --git a\/é\.txt b\/é\.txt\n/)
    for (const setting of ['color.ui=always', 'diff.noprefix=true', 'diff.mnemonicPrefix=true', 'core.quotePath=true'])
      git(folder, 'config', ...(setting.split('=') as [string, string]))
    expect(await ours.run(['diff'])).toBe(plain)
  })
})

describe('a revision', () => {
  test('becomes one commit id', async () => {
    const folder = createRepository()
    git(folder, 'tag', '-a', '-m', 'x', 'v1')
    const ours = await open(folder)
    const id = git(folder, 'rev-parse', 'HEAD').trim()
    for (const revision of ['HEAD', 'main', 'v1', '@', id.slice(0, 8)]) expect(await ours.resolve(revision)).toBe(id)
  })

  test.each([
    'nothing',
    '',
    '-1',
    '--output=mark',
    '-Omark',
    '--all',
    'HEAD..HEAD',
    '^HEAD',
    ':/first',
    'HEAD:a.txt',
    'HEAD^{tree}',
    'HEAD\nHEAD',
    'HEAD\0',
    'HEAD --output=mark',
    '$(touch mark)',
    'x'.repeat(501),
  ])('a revision that names no commit is refused: %j', async (revision) => {
    const folder = createRepository()
    await expect((await open(folder)).resolve(revision)).rejects.toMatchObject({ code: 'unknown-revision' })
    expect(existsSync(join(folder, 'mark'))).toBe(false)
  })
})
