import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { type HookedOptions, git as gitAsync, run } from './hook-run.ts'
import { writes, writing } from './message-run.ts'

// Scenario 24, all of this file; each way of git to a message is in message-matrix.test.ts.
test('a person who is about to write finds a message at the top of the file', async () => {
  const { edit, seen, subject, server } = await writing()
  expect((await edit()).stderr).toBe('')
  expect(seen()).toMatch(/^feat: add a cache of entries\n\n# Please enter/)
  expect(subject()).toBe('feat: add a cache of entries')
  expect(server.violations).toEqual([])
  expect(server.requests).toHaveLength(1)
  expect(server.requests[0]?.messages.at(-1)?.content).toContain('src/cache.ts +1 -0')
})

test('trailers stay below it, each with its blank line', async () => {
  const { edit, subject } = await writing()
  await edit(['-s'])
  expect(subject()).toBe('feat: add a cache of entries\n\nSigned-off-by: A Person <person@example.org>')
})

test('with -v the diff below the scissors stays and is no part of the message', async () => {
  const { edit, seen, subject } = await writing()
  await edit(['-v'])
  expect(seen()).toMatch(/^feat: add a cache of entries\n\n# Please[\s\S]*>8 -+\n[\s\S]*\n\+export const entries/)
  expect(subject()).toBe('feat: add a cache of entries')
})

test.each([';', '%'])('with "%s" as the comment character', async (character) => {
  const { edit, seen, subject } = await writing()
  await edit([], {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.commentChar',
    GIT_CONFIG_VALUE_0: character,
  })
  expect(seen()).toMatch(new RegExp(`^feat: add a cache of entries\n\n\\${character} Please`))
  expect(subject()).toBe('feat: add a cache of entries')
})

test('the file keeps its rights and is replaced whole', async () => {
  const { root, env, git } = await writing()
  const file = join(root, '.git/COMMIT_EDITMSG')
  writeFileSync(file, '\n# Please enter\n', { mode: 0o644 })
  await run(join(root, '.git/hooks/prepare-commit-msg'), ['.git/COMMIT_EDITMSG'], { cwd: root, env })
  expect(readFileSync(file, 'utf8')).toBe('feat: add a cache of entries\n\n# Please enter\n')
  expect(statSync(file).mode & 0o777).toBe(0o644)
  expect(git('status', '--porcelain')).toBe('A  src/cache.ts\n')
})

type Prepare = { text: string; args?: string[]; env?: Record<string, string> }

/** The hook as git calls it with a file that holds `text`: what the file holds afterwards, and what was said. */
async function prepared(folder: Awaited<ReturnType<typeof writing>>, { text, args = [], env = {} }: Prepare) {
  const file = join(folder.root, '.git/COMMIT_EDITMSG')
  writeFileSync(file, text)
  const hook = join(folder.root, '.git/hooks/prepare-commit-msg')
  const done = await run(hook, ['.git/COMMIT_EDITMSG', ...args], { cwd: folder.root, env: { ...folder.env, ...env } })
  return { text: readFileSync(file, 'utf8'), stderr: done.stderr, code: done.code }
}

const empty = '\n# Please enter the commit message for your changes.\n'

test('a message that comes from somewhere else stays byte for byte, and nothing is asked', async () => {
  const folder = await writing()
  for (const args of [['message'], ['template'], ['merge'], ['squash'], ['commit', 'HEAD']]) {
    expect(await prepared(folder, { text: empty, args })).toEqual({ text: empty, stderr: '', code: 0 })
  }
  expect(folder.server.log).toEqual([])
})

test('so does one that nobody waits for: no editor, a skip, CI, a rebase, a message that is there', async () => {
  const folder = await writing()
  const cases: Prepare[] = [
    { text: empty, env: { GIT_EDITOR: ':' } },
    { text: empty, env: { LOCAL_BRAIN_SKIP: '1' } },
    { text: empty, env: { CI: '1' } },
    { text: empty, env: { PRE_COMMIT_COMMIT_MSG_SOURCE: 'message' } },
    { text: empty, env: { GIT_REFLOG_ACTION: 'rebase (reword)' } },
    { text: 'mine\n\n# Please enter\n' },
    { text: '{"message": ""}' },
  ]
  for (const one of cases) expect(await prepared(folder, one)).toEqual({ text: one.text, stderr: '', code: 0 })
  expect(folder.server.log).toEqual([])
})

test.each<[string, string[]]>([
  ['commit.status=false', ['-c', 'commit.status=false', 'commit']],
  ['--no-status', ['commit', '--no-status']],
  ['neither status nor anything to sign', ['commit', '--no-status', '-s']],
])('with %s, where git writes no comments, there is a message too', async (_, args) => {
  const { root, env, git } = await writing()
  await gitAsync(root, args, { ...env, GIT_EDITOR: 'true' })
  expect(git('log', '-1', '--format=%s')).toBe('feat: add a cache of entries\n')
})

test('nor is anything asked for a file without comments that no editor will show', async () => {
  const folder = await writing()
  const one = { text: '\n', env: { GIT_EDITOR: ':' } }
  expect(await prepared(folder, one)).toEqual({ text: '\n', stderr: '', code: 0 })
  expect(folder.server.log).toEqual([])
})

test('with commit.status=false a reply that is no message is said to be none', async () => {
  const folder = await writing({ script: () => reply.text('The code is fine.') })
  expect(await prepared(folder, { text: '\n' })).toEqual({
    text: '\n',
    stderr: 'local-brain: no trustworthy message; the file was not changed\n',
    code: 0,
  })
})

const repaired: [subject: string, header: string][] = [
  ['add a cache of entries (closes #12)', 'feat: add a cache of entries'],
  ['add a cache of entries, fixes #12 and #13', 'feat: add a cache of entries'],
  ['add a cache of entries for issue #12', 'feat: add a cache of entries'],
  ['XYZ-9: add a cache of entries', 'feat: add a cache of entries'],
  ['encode entries as UTF-8', 'feat: encode entries as UTF-8'],
  ['hash entries with SHA-256', 'feat: hash entries with SHA-256'],
  ['guard entries against CVE-2024-1234', 'feat: guard entries against CVE-2024-1234'],
  ['add a cache of entries</s>', 'feat: add a cache of entries'],
  ['<think>What is it?</think>add a cache of entries<|im_end|>', 'feat: add a cache of entries'],
  ['add a cache of entries\\n\\nIt is fast.', 'feat: add a cache of entries'],
  ['add a cache of entries\nadd a test of it', 'feat: add a cache of entries'],
  ['feat!: drop the old entries', 'feat!: drop the old entries'],
  ['add a cache of entries for 🧑\u200d💻', 'feat: add a cache of entries for 🧑\u200d💻'],
]

test.each(repaired)('the subject %j becomes %j', async (subject, header) => {
  const { edit, subject: committed } = await writing({ script: writes({ subject }) })
  await edit()
  expect(committed()).toBe(header)
})

test('the mark of a break stays at the type, wherever the model wrote it', async () => {
  const { edit, subject, server } = await writing({
    script: writes({ type: 'feat!', subject: 'drop the old entries' }),
  })
  await edit()
  expect(subject()).toBe('feat!: drop the old entries')
  expect(server.requests).toHaveLength(1)
})

const failures: [string, HookedOptions][] = [
  ['gives prose', { script: () => reply.text('A review: the code is fine.') }],
  ['gives half of it', { script: () => reply.broken('{"type":"feat"') }],
  ['gives an error', { script: () => reply.error(500, 'boom') }],
  ['hangs', { script: () => reply.silent(), options: ['--timeout', '2'] }],
  ['is not loaded', { server: { models: [{ name: 'scripted' }] } }],
  ['names what is not there', { script: writes({ subject: 'call server.listen with a port' }) }],
  ['gives a type that there is not', { script: writes({ type: 'wip' }) }],
  ['gives an error in its place', { script: writes({ subject: 'Error: the diff is too long' }) }],
]

test.each(failures)('the file stays byte for byte when the model %s, and one line says so', async (_, options) => {
  const done = await prepared(await writing(options), { text: empty })
  expect(done.code).toBe(0)
  expect(done.text).toBe(empty)
  expect(done.stderr).toMatch(/^local-brain: no (trustworthy )?message.*\n$/)
})

test('Ollama is not there: the commit goes on, even when strict', async () => {
  const { edit, seen } = await writing({ options: ['--strict'] })
  await edit([], { OLLAMA_HOST: 'http://127.0.0.1:9' })
  expect(seen()).toMatch(/^\n# Please enter/)
})

test('git commit -m keeps its message', async () => {
  const { commit, subject, server } = await writing()
  await commit(['-m', 'mine'])
  expect(subject()).toBe('mine')
  expect(server.log).toEqual([])
})

test('a fixup, a cherry-pick, a revert and a rebase keep theirs', async () => {
  const { root, env, commit, git, write, server } = await writing()
  await commit(['-m', 'one'])
  write('src/cache.ts', 'export const entries = new Set()\n')
  git('add', '-A')
  await commit(['--fixup', 'HEAD'])
  await gitAsync(root, ['-c', 'sequence.editor=true', 'rebase', '-q', '-i', '--autosquash', 'HEAD~2'], env)
  expect(git('log', '-1', '--format=%s')).toBe('one\n')
  await gitAsync(root, ['revert', '--no-edit', 'HEAD'], env)
  expect(git('log', '-1', '--format=%s')).toBe('Revert "one"\n')
  expect(server.log).toEqual([])
})

test('a large diff is one question that names every file', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => [`src/m${n}.ts`, `export const m${n} = [\n${'  "x",\n'.repeat(60)}]\n`]),
  )
  const { write, git, edit, server } = await writing()
  for (const [name, text] of Object.entries(many)) write(name, text)
  git('add', '-A')
  await edit()
  expect(server.requests).toHaveLength(1)
  const question = server.requests[0]?.messages.at(-1)?.content ?? ''
  for (const name of Object.keys(many)) expect(question).toContain(`${name} +`)
  expect(server.violations).toEqual([])
})
