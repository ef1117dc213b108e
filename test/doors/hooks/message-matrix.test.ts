import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ScriptSource } from '../../scripted-ollama/scripted-ollama.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { addBlock } from '../../../src/doors/hooks/hook-block.ts'
import { command } from '../cli/local-brain.ts'
import { git as gitAsync } from './hook-run.ts'
import { fields, writes, writing } from './message-run.ts'

/** Each of them is git, a shell and Node. */
const manyCommits = { timeout: 60_000 }
const trailer = 'Signed-off-by: A Person <person@example.org>'

/** A repository whose hook keeps the message file as it was before and after it, and what git said of its source. */
async function matrix(script: ScriptSource = writes()) {
  const folder = await writing({ script })
  const { root, env, git, write } = folder
  const kept = (name: string) => join(root, '.git', `kept-${name}`)
  const before = `#!/bin/sh\nprintf '%s' "$2" > '${kept('source')}'\ncat "$1" > '${kept('before')}'\n`
  const hook = addBlock(before, { name: 'prepare-commit-msg', program: command, options: [] })
  const path = join(root, '.git/hooks/prepare-commit-msg')
  writeFileSync(path, `${hook}cat "$1" > '${kept('after')}'\n`, { mode: 0o755 })
  const plain = (...args: string[]) => git('-c', 'core.hooksPath=/dev/null', ...args)
  let count = 0
  /** Stages a change that is like no other. */
  const change = () => {
    write('src/cache.ts', `export const entries = new Map()\nexport const size = ${(count += 1)}\n`)
    git('add', '-A')
  }
  /** Another branch with one commit, of this name. */
  const branch = (name: string) => {
    plain('checkout', '-q', '-b', name)
    write(`src/${name}.ts`, `export const ${name} = 1\n`)
    git('add', '-A')
    plain('commit', '-q', '-m', name)
    plain('checkout', '-q', 'main')
  }
  /** One git command, and what became of the message file. */
  const call = async (args: string[], more: Record<string, string>) => {
    for (const name of ['source', 'before', 'after']) writeFileSync(kept(name), 'the hook did not run')
    const done = await gitAsync(root, args, { ...env, ...more })
    const [source = '', was = '', is = ''] = ['source', 'before', 'after'].map((name) =>
      readFileSync(kept(name), 'utf8'),
    )
    return { ...done, source, before: was, after: is }
  }
  return { ...folder, plain, change, branch, call }
}

const settings = (...pairs: [key: string, value: string][]): Record<string, string> => ({
  GIT_CONFIG_COUNT: String(pairs.length),
  ...Object.fromEntries(pairs.flatMap(([key], at) => [[`GIT_CONFIG_KEY_${at}`, key]])),
  ...Object.fromEntries(pairs.flatMap(([, value], at) => [[`GIT_CONFIG_VALUE_${at}`, value]])),
})

/** An editor that opens and saves; and none at all, with what else changes the look of the file. */
const ways: Record<string, string>[] = [
  { GIT_EDITOR: 'true' },
  { GIT_EDITOR: ':', ...settings(['core.commentChar', ';'], ['commit.verbose', 'true']) },
]

// Scenario 24.
test('a message that comes from somewhere else keeps every byte, and nothing is asked', manyCommits, async () => {
  const { root, git, plain, change, branch, call, server } = await matrix()
  plain('commit', '-q', '-m', 'feat: start')
  writeFileSync(join(root, '.git/file'), 'from a file\n')
  // Looks like a file that waits for its message.
  writeFileSync(join(root, '.git/comments'), '# Why was this needed?\n')
  const none = () => undefined
  const rows: [source: string, args: string[], prepare: (name: string) => unknown][] = [
    ['message', ['commit', '-m', 'mine'], change],
    ['message', ['commit', '-m', trailer], change],
    ['message', ['commit', '-F', '.git/file'], change],
    ['template', ['commit', '-t', '.git/file'], change],
    ['template', ['-c', 'commit.template=.git/comments', 'commit'], change],
    ['merge', ['merge', '--no-ff', '--edit', 'NAME'], branch],
    ['merge', ['merge', '--no-ff', '--no-edit', 'NAME'], branch],
    ['squash', ['commit'], (name) => [branch(name), plain('merge', '-q', '--squash', name)]],
    ['commit', ['commit', '-c', 'HEAD'], change],
    ['commit', ['commit', '-C', 'HEAD'], change],
    [
      'commit',
      ['commit', '--amend'],
      () => [change(), plain('commit', '-q', '--allow-empty-message', '-m', ''), change()],
    ],
    ['message', ['commit', '--fixup', 'HEAD'], change],
    ['message', ['commit', '--squash', 'HEAD'], change],
    ['message', ['cherry-pick', 'NAME'], branch],
    ['message', ['revert', '--no-edit', 'HEAD'], none],
    ['commit', ['-c', 'sequence.editor=sed -i s/^pick/reword/', 'rebase', '-i', 'HEAD~1'], none],
  ]
  for (const [at, [source, args, prepare]] of rows.entries()) {
    // Every other one both ways.
    for (const [way, env] of ways.slice(0, 1 + (at % 2)).entries()) {
      git('reset', '-q', '--hard')
      const name = `branch${at}${way}`
      prepare(name)
      const done = await call(
        args.map((word) => (word === 'NAME' ? name : word)),
        env,
      )
      expect({ args, source: done.source, text: done.after }).toEqual({ args, source, text: done.before })
    }
  }
  expect(server.log).toEqual([])
})

const commentChar = (value: string) => settings(['core.commentChar', value])

/** Where git waits for a person to write. */
const waiting: [args: string[], env?: Record<string, string>][] = [
  [[]],
  [['-v']],
  [['-v', '-s', '--trailer', 'Change-Id: I0123'], commentChar(';')],
  [['-s'], commentChar('auto')],
  [['-v'], commentChar('auto')],
  [['--cleanup=scissors']],
  [['--cleanup=whitespace']],
  [['-a']],
]

// Scenario 24.
test(
  'a message that a person waits for stands on top of what git wrote; without one every byte is kept',
  manyCommits,
  async () => {
    let isSilly = true
    let subject = ''
    const script = () => (isSilly ? reply.text('The code looks good to me.') : reply.json({ ...fields, subject }))
    const { git, plain, change, call } = await matrix(script)
    plain('commit', '-q', '-m', 'feat: start')
    for (const [at, [args, env = {}]] of waiting.entries()) {
      change()
      subject = `add a cache of ${at + 2} entries`
      isSilly = true
      // The person leaves the editor without a message.
      const failed = await call(['commit', ...args], { GIT_EDITOR: 'false', ...env })
      expect({ args, ...failed }).toMatchObject({ args, source: '', after: failed.before })
      expect(failed.stderr).toMatch(/^local-brain: no trustworthy message; the file was not changed\n/)
      isSilly = false
      const done = await call(['commit', ...args], { GIT_EDITOR: 'true', ...env })
      const after = `feat: ${subject}\n\n${failed.before.trimStart()}`
      expect({ args, ...done }).toMatchObject({ args, source: '', before: failed.before, after, code: 0 })
      expect(git('log', '-1', '--format=%s')).toBe(`feat: ${subject}\n`)
      const trailers = args.filter((word) => word === '-s' || word === '--trailer').length
      expect(git('log', '-1', '--format=%(trailers)').trim().split('\n').filter(Boolean)).toHaveLength(trailers)
    }
  },
)

// Scenario 24.
test('without an editor, and without a change, nobody waits', async () => {
  const { plain, change, call, server } = await matrix()
  for (const [args, env = {}] of waiting.slice(0, 4)) {
    change()
    const done = await call(['commit', ...args], { ...env, GIT_EDITOR: ':' })
    expect({ args, ...done }).toMatchObject({ args, source: '', after: done.before })
    expect(done.stderr).not.toContain('local-brain')
  }
  plain('commit', '-q', '-m', 'feat: start')
  const done = await call(['commit', '--allow-empty'], { GIT_EDITOR: 'true' })
  expect(done).toMatchObject({ source: '', after: done.before })
  expect(server.log).toEqual([])
})
