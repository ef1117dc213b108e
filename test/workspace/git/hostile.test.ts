import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openGit } from '../../../src/workspace/git/open.ts'
import { openWorkspace } from '../../../src/workspace/open.ts'
import { createFolder, createRepository, environment, git, gitEnvironment, write } from '../../workspace.ts'
import { commands, configurations, createBase, createHostile } from './hostile-repositories.ts'

let base: string
beforeAll(() => {
  base = createBase()
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

// Ours goes first: plain `git status` rewrites the index, and with it what there is to trigger.
test.each(configurations)('$name runs a program in plain git, and never in ours', async ({ runsOn, set }) => {
  const { folder, ran } = createHostile(base, set)
  ran()
  for (const view of ['worktree', 'index'] as const) {
    const workspace = await openWorkspace({ root: folder, environment, view })
    expect((await workspace.list()).paths).toContain('c.txt')
    await workspace.read('c.txt')
    await workspace.git?.resolve('HEAD')
    for (const args of Object.values(commands)) await workspace.git?.run(args).catch(() => '')
    expect(ran()).toBe(false)
  }
  for (const [index, command] of runsOn.entries()) {
    // What plain git has looked at once it knows by its time, and would not look at again.
    for (const name of ['a.txt', 'b.txt', 'c.txt']) utimesSync(join(folder, name), index + 1, index + 1)
    spawnSync('git', commands[command], { cwd: folder, env: gitEnvironment, timeout: 15_000 })
    expect(ran(), `plain git ${command}`).toBe(true)
  }
})

describe('a repository that is not what it seems is refused', () => {
  test('core.worktree shows other files', async () => {
    const folder = createRepository()
    git(folder, 'config', 'core.worktree', '/etc')
    expect(git(folder, 'ls-files', '--others', '--directory')).toContain('passwd')
    await expect(openGit(folder, { environment })).rejects.toMatchObject({ code: 'git-refused' })
  })

  test('core.worktree shows the folder above', async () => {
    const outside = createFolder({ 'private.txt': 'private' })
    const folder = join(outside, 'repository')
    cpSync(base, folder, { recursive: true })
    git(folder, 'config', 'core.worktree', outside)
    expect(git(folder, 'status', '--short')).toContain('private.txt')
    await expect(openGit(folder, { environment })).rejects.toMatchObject({ code: 'git-refused' })
  })

  test.each(['file', 'link', 'commondir'])('a .git that borrows another repository by %s', async (kind) => {
    const other = createRepository({ 'private.txt': 'private' })
    const folder = createFolder()
    if (kind === 'file') write(folder, { '.git': `gitdir: ${other}/.git\n` })
    if (kind === 'link')
      await import('node:fs').then(({ symlinkSync }) => symlinkSync(`${other}/.git`, `${folder}/.git`))
    if (kind === 'commondir') {
      git(folder, 'init', '-q', '-b', 'main')
      write(folder, { '.git/commondir': `${other}/.git\n` })
    }
    expect(git(folder, 'show', 'HEAD')).toContain('private')
    await expect(openGit(folder, { environment })).rejects.toMatchObject({ code: 'git-refused' })
  })

  test('a linked work tree that the other repository never made', async () => {
    const other = createRepository({ 'private.txt': 'private' })
    const folder = createFolder()
    write(folder, {
      '.git': `gitdir: ${folder}/fake/worktrees/x\n`,
      'fake/worktrees/x/HEAD': 'ref: refs/heads/main\n',
      'fake/worktrees/x/gitdir': `${folder}/.git\n`,
      'fake/worktrees/x/commondir': `${other}/.git\n`,
    })
    expect(git(folder, 'show', 'HEAD')).toContain('private')
    await expect(openGit(folder, { environment })).rejects.toMatchObject({ code: 'git-refused' })
  })

  test('a bare repository among the files', async () => {
    const outside = createRepository()
    const mark = join(outside, 'mark')
    git(outside, 'init', '-q', '--bare', 'inner')
    git(outside, '--git-dir=inner', 'config', 'core.bare', 'false')
    git(outside, '--git-dir=inner', 'config', 'core.worktree', '..')
    git(outside, '--git-dir=inner', 'config', 'core.fsmonitor', `: > ${mark}; false`)
    const inner = join(outside, 'inner')
    spawnSync('git', ['status'], { cwd: inner, env: gitEnvironment })
    expect(readdirSync(outside)).toContain('mark')
    rmSync(mark)
    await expect(openGit(inner, { environment })).rejects.toMatchObject({
      code: 'git-refused',
      message: `"${inner}" is the inside of a git repository, not its files`,
    })
    expect(existsSync(mark)).toBe(false)
  })

  test('one that another user owns, with the setting that allows it', async () => {
    const folder = createRepository()
    // Only root can give files away; elsewhere the case does not arise in a test.
    if (process.getuid?.() !== 0) return
    spawnSync('chown', ['-R', '4321', folder])
    git(folder, '-c', `safe.directory=${folder}`, 'config', 'safe.directory', folder)
    await expect(openGit(folder, { environment })).rejects.toMatchObject({
      code: 'git-refused',
      hint: `git config --global --add safe.directory "${folder}"`,
    })
    const home = createFolder({ '.gitconfig': `[safe]\n\tdirectory = ${folder}\n` })
    expect(await openGit(folder, { environment: { ...environment, HOME: home } })).toMatchObject({ top: folder })
  })
})

describe('what is as it should be opens', () => {
  test('a linked work tree', async () => {
    const folder = createRepository()
    const linked = join(createFolder(), 'linked')
    git(folder, 'worktree', 'add', '-q', linked)
    const ours = await openGit(linked, { environment })
    expect(ours?.top).toBe(linked)
    expect(await ours?.place()).toMatchObject({ hooks: `${folder}/.git/hooks` })
  })

  test('a submodule', async () => {
    const other = createRepository()
    const folder = createRepository()
    git(folder, 'submodule', '--quiet', 'add', other, 'sub')
    expect(await openGit(join(folder, 'sub'), { environment })).toMatchObject({ top: join(folder, 'sub') })
  })

  test('a repository whose .git lies elsewhere and names it', async () => {
    const folder = createRepository()
    const elsewhere = join(createFolder(), 'git')
    renameSync(join(folder, '.git'), elsewhere)
    write(folder, { '.git': `gitdir: ${elsewhere}\n` })
    await expect(openGit(folder, { environment })).rejects.toMatchObject({ code: 'git-refused' })
    git(folder, 'config', 'core.worktree', folder)
    expect(await openGit(folder, { environment })).toMatchObject({ top: folder })
  })
})

test('a filter that never answers does not stop a run', async () => {
  const folder = createRepository()
  write(folder, { '.gitattributes': '* filter=x\n', 'a.txt': 'changed\n' })
  git(folder, 'config', 'filter.x.process', 'sleep 1000')
  const ours = await openGit(folder, { environment })
  expect(await ours?.run(['diff'])).toContain('+changed')
})
