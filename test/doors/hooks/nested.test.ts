import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { addBlock } from '../../../src/doors/hooks/hook-block.ts'
import { command, localBrain } from '../cli/local-brain.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { git as gitAsync, hooked, lastReport, readsFirst, toolResults } from './hook-run.ts'
import { git as gitNow } from '../../workspace.ts'

const twice = 'export const twice = (n) => n * 3 // BUG\n'

/** The same hook in another repository. */
function alsoHook(folder: string): void {
  const hooks = resolve(folder, gitNow(folder, 'rev-parse', '--git-path', 'hooks').trim())
  mkdirSync(hooks, { recursive: true })
  const script = addBlock('', { name: 'pre-commit', program: command, options: [] })
  writeFileSync(join(hooks, 'pre-commit'), script, { mode: 0o755 })
}

// Scenario 19.
test('a submodule that moves is named beside a review, and what is dirty in it is not looked at', async () => {
  const inner = repository({ 'inner.js': 'one()\n' })
  const folder = await hooked()
  const { root, git, write, commit, shown, env } = folder
  git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner.root, 'inner')
  git('commit', '-q', '--no-verify', '-m', 'inner')
  write('inner/inner.js', 'moved() // BUG that moved\n')
  gitNow(join(root, 'inner'), 'commit', '-q', '-a', '-m', 'move')
  write('inner/inner.js', 'dirty() // BUG that is dirty\n')
  write('src/a.js', twice)
  git('add', '-A')
  const done = await commit(['-m', 'bump'])
  expect(done.stderr).toMatch(
    /1 finding \(.* 1 part reviewed.*\n+src\/a\.js\n +\w+ 1: [^]*\nNot reviewed: inner \(submodule moved to another commit\)\n$/,
  )
  expect(shown()).not.toMatch(/moved|dirty/)
  expect((await lastReport(root, env)).notReviewed).toMatchObject([{ path: 'inner', gap: false }])
})

// Scenario 19.
test('a commit in a submodule is reviewed as one of its own', async () => {
  const inner = repository({ 'src/inner.js': 'one()\n' })
  const { root, git, env, write, shown } = await hooked()
  git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner.root, 'inner')
  alsoHook(join(root, 'inner'))
  write('inner/src/inner.js', `one()\n${twice}`)
  write('outer.js', 'outer() // BUG outside\n')
  git('add', 'outer.js')
  const done = await gitAsync(join(root, 'inner/src'), ['commit', '-q', '-am', 'inside'], env)
  expect(done.stderr).toMatch(/1 finding.*\n+src\/inner\.js\n +\w+ 2: /)
  expect(shown()).not.toContain('outside')
})

// Scenario 19.
test('a repository among the files is one entry, and no tool looks into it', async () => {
  const folder = await hooked(readsFirst('nested/private.js'))
  const { root, git, write, commit } = folder
  write('nested/private.js', 'export const secret = 1\n')
  gitNow(join(root, 'nested'), 'init', '-q')
  gitNow(join(root, 'nested'), 'add', '-A')
  gitNow(join(root, 'nested'), 'commit', '-q', '-m', 'nested')
  write('src/a.js', twice)
  git('add', '-A')
  const done = await commit(['-m', 'nested'])
  expect(done.stderr).toMatch(/1 finding.*\n+src\/a\.js\n +\w+ 1: [^]*\nNot reviewed: nested \(submodule\)\n/)
  expect(new Set(toolResults(folder))).toEqual(new Set(['Error: nested/private.js does not exist']))
})

// Scenario 19.
test.each([['--no-sparse-index'], ['--sparse-index']])(
  'in a sparse checkout (%s) what is not checked out is no removal, and is read from the index',
  async (kind) => {
    const folder = await hooked({
      ...readsFirst('other/deep/b.js'),
      files: { 'src/a.js': 'one()\n', 'other/deep/b.js': 'export const b = "in the index"\n' },
    })
    const { git, write, commit, shown } = folder
    git('sparse-checkout', 'set', '--cone', kind, 'src')
    write('src/a.js', `one()\n${twice}`)
    git('add', '-A')
    const done = await commit(['-m', 'sparse'])
    expect(done.stderr).toMatch(/1 finding \(.* 1 part reviewed.*\n+src\/a\.js\n +\w+ 2: /)
    expect(shown()).not.toContain('other/')
    expect(toolResults(folder).join()).toContain('"in the index"')
  },
)

/** A clone of the last commit of a branch, made of a repository whose main branch has moved on. */
function shallowClone(): string {
  const origin = repository({ 'src/a.js': 'one()\n' })
  origin.git('checkout', '-q', '-b', 'topic')
  origin.write('src/a.js', `one()\n${twice}`)
  origin.git('commit', '-q', '-am', 'topic')
  origin.git('checkout', '-q', 'main')
  origin.git('commit', '-q', '--allow-empty', '-m', 'main')
  const clone = temporaryFolder().root
  gitNow(clone, 'clone', '-q', '--depth=1', '--no-single-branch', '-b', 'topic', `file://${origin.root}`, '.')
  return clone
}

// Scenario 19.
test('a clone too shallow for --base says what to fetch, and asks nothing', async () => {
  const { server } = await hooked()
  const done = await localBrain(['--base', 'origin/main'], { cwd: shallowClone(), host: server.url })
  expect(done).toMatchObject({ code: 2, stdout: '' })
  expect(done.stderr).toBe(
    'error: "origin/main" and HEAD have no common commit in this repository\nhint: git fetch --unshallow (in CI: check out with fetch-depth: 0)\n',
  )
  expect(server.requests).toEqual([])
})

// Scenario 19.
test('a commit in a shallow clone is reviewed, and a push from it goes through with one line', async () => {
  const { env } = await hooked()
  const clone = shallowClone()
  alsoHook(clone)
  writeFileSync(join(clone, 'src/a.js'), `one()\n${twice}${twice}`)
  const done = await gitAsync(clone, ['commit', '-q', '-am', 'more'], env)
  expect(done.stderr).toMatch(/1 finding \(.* 1 part reviewed.*\n+src\/a\.js\n +\w+ 3: /)
  gitNow(clone, 'checkout', '-q', '-b', 'new')
  const hook = join(clone, '.git/hooks/pre-push')
  writeFileSync(hook, addBlock('', { name: 'pre-push', program: command, options: [] }), { mode: 0o755 })
  const pushed = await gitAsync(clone, ['push', '-q', 'origin', 'new'], env)
  expect(pushed).toMatchObject({ code: 0 })
  expect(pushed.stderr).toMatch(/^local-brain: review skipped: .*no common commit.*fetch-depth: 0\)\)\n/)
})
