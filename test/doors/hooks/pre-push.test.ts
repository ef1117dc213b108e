import { expect, test } from 'vitest'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { addBlock } from '../../../src/doors/hooks/hook-block.ts'
import { command } from '../cli/local-brain.ts'
import { type HookedOptions, git as gitAsync, hooked } from './hook-run.ts'
import { git as gitNow } from '../../workspace.ts'

const bug = (name: string) => `export const ${name} = 1 // BUG in ${name}\n`

/** A repository with a remote that has its main branch, and a branch with one commit more. */
async function pushing(options: HookedOptions = {}) {
  const folder = await hooked({ hook: 'pre-push', ...options })
  const remote = temporaryFolder().root
  gitNow(remote, 'init', '-q', '--bare', '-b', 'main')
  folder.git('remote', 'add', 'origin', remote)
  folder.git('push', '-q', '--no-verify', 'origin', 'main')
  folder.git('checkout', '-q', '-b', 'topic')
  const add = (name: string) => {
    folder.write(`src/${name}.ts`, bug(name))
    folder.git('add', '-A')
    folder.git('commit', '-q', '-m', name)
  }
  add('first')
  const push = (...args: string[]) => gitAsync(folder.root, ['push', '-q', 'origin', ...args], folder.env)
  return { ...folder, remote, add, push }
}

test('a new branch is compared with the default branch of the remote', async () => {
  const { push, shown, remote } = await pushing()
  const done = await push('topic')
  expect(done.stderr).toMatch(/src\/first\.ts\n +\w+ 1: /)
  expect(done.code).toBe(0)
  expect(shown()).not.toContain('readme.md')
  expect(gitNow(remote, 'log', '-1', '--format=%s', 'topic')).toBe('first\n')
})

test('of a branch that is there already only what is new is reviewed', async () => {
  const { push, add, shown, git } = await pushing()
  git('push', '-q', '--no-verify', 'origin', 'topic')
  add('second')
  expect((await push('topic')).stderr).toMatch(/1 finding.*\n+src\/second\.ts\n +\w+ 1: /)
  expect(shown()).not.toContain('BUG in first')
})

test('what is not committed is no part of a push', async () => {
  const { push, write, shown } = await pushing()
  write('src/first.ts', `${bug('first')}${bug('later')}`)
  await push('topic')
  expect(shown()).not.toContain('later')
})

test('several branches are each reviewed, one that is not checked out too', async () => {
  const { push, git, write } = await pushing()
  git('checkout', '-q', '-b', 'other', 'main')
  write('src/other.ts', bug('other'))
  git('add', '-A')
  git('commit', '-q', '-m', 'other')
  const done = await push('topic', 'other')
  expect(done.stderr).toMatch(/src\/first\.ts\n +\w+ 1: /)
  expect(done.stderr).toMatch(/src\/other\.ts\n +\w+ 1: /)
})

test('tags, deleted branches and a push without news ask nothing', async () => {
  const { push, git, server } = await pushing()
  git('tag', 'v1')
  git('push', '-q', '--no-verify', 'origin', 'topic')
  for (const args of [['v1'], ['topic'], ['--delete', 'topic'], ['main']]) {
    expect(await push(...args)).toMatchObject({ code: 0, stderr: '' })
  }
  expect(server.log).toEqual([])
})

test('with --fail-on a push is held up, once', async () => {
  const { push, remote } = await pushing({ options: ['--fail-on', 'high'] })
  const first = await push('topic')
  expect(first.code).toBe(1)
  expect(first.stderr).toMatch(/push blocked: 1 finding at or above high/)
  expect(gitNow(remote, 'branch', '--list', 'topic')).toBe('')
  expect((await push('topic')).code).toBe(0)
})

test('Ollama is not there: one line, and the push goes through', async () => {
  const { root, env, remote } = await pushing()
  const done = await gitAsync(root, ['push', '-q', 'origin', 'topic'], { ...env, OLLAMA_HOST: 'http://127.0.0.1:9' })
  expect(done.stderr).toMatch(/^local-brain: review skipped: Cannot reach Ollama.*\n/)
  expect(gitNow(remote, 'branch', '--list', 'topic')).toContain('topic')
})

test('a hook that was there before still reads the references', async () => {
  const { push, root } = await pushing()
  const old = '#!/bin/sh\nwhile read -r a b c d; do echo "old hook: $a" >&2; done\n'
  const text = addBlock(old, { name: 'pre-push', program: command, options: [] })
  writeFileSync(join(root, '.git/hooks/pre-push'), text, { mode: 0o755 })
  const done = await push('topic')
  expect(done.stderr).toMatch(/src\/first\.ts\n +\w+ 1: /)
  expect(done.stderr.match(/old hook: .*/g)).toEqual(['old hook: refs/heads/topic'])
})

test('the pre-commit framework names the range in variables', async () => {
  const { root, env, git } = await pushing()
  const { localBrain } = await import('../cli/local-brain.ts')
  const range = {
    PRE_COMMIT_FROM_REF: git('rev-parse', 'main').trim(),
    PRE_COMMIT_TO_REF: git('rev-parse', 'topic').trim(),
  }
  const done = await localBrain(['hook', 'run', 'pre-push'], { cwd: root, env: { ...env, ...range } })
  expect(done.stderr).toMatch(/src\/first\.ts\n +\w+ 1: /)
})
