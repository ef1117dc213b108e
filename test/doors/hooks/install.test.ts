import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { command, localBrain } from '../cli/local-brain.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { git, run } from './hook-run.ts'
import { git as gitNow } from '../../workspace.ts'

const hook = (command: 'install' | 'uninstall', cwd: string, ...words: string[]) =>
  localBrain(['hook', command, ...words], { cwd })

/** A repository with a hook file of its own. */
function withHook(text: string, name = 'pre-commit', mode = 0o755) {
  const folder = repository({ 'a.txt': 'a\n' })
  const file = join(folder.root, '.git/hooks', name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, mode)
  return { ...folder, file }
}

// Scenario 23, all of this file.
test('a new hook is an executable script of its own, which uninstall takes away', async () => {
  const { root } = repository()
  const done = await hook('install', root, 'pre-commit', '--fail-on', 'high', '--strict')
  const file = join(root, '.git/hooks/pre-commit')
  expect(done).toMatchObject({ code: 0, stdout: `pre-commit hook installed: ${file}\n` })
  const text = readFileSync(file, 'utf8')
  expect(text).toMatch(/^#!\/bin\/sh\n/)
  expect(text).toContain(`hook run pre-commit --fail-on high --strict "$@"`)
  expect(text).not.toContain('\r')
  expect(statSync(file).mode & 0o111).toBe(0o111)
  await hook('uninstall', root, 'pre-commit')
  expect(existsSync(file)).toBe(false)
})

test('a second time changes nothing, other options change the line, and there is one block', async () => {
  const { root } = repository()
  const file = join(root, '.git/hooks/pre-commit')
  await hook('install', root, 'pre-commit')
  const first = readFileSync(file, 'utf8')
  expect((await hook('install', root, 'pre-commit')).stdout).toMatch(/nothing to do/)
  expect(readFileSync(file, 'utf8')).toBe(first)
  expect((await hook('install', root, 'pre-commit', '--fail-on', 'low')).stdout).toMatch(/changed/)
  expect(readFileSync(file, 'utf8').match(/>>> local-brain/g)).toHaveLength(1)
  await hook('uninstall', root, 'pre-commit')
  expect(existsSync(file)).toBe(false)
})

const foreign = [
  '#!/bin/sh\nnpm test\n',
  '#!/bin/bash -e\nnpm test',
  'npm test\n\n\n',
  '#!/bin/sh\n',
  '#!/usr/bin/env zsh\nü\n',
  '',
]

test.each(foreign)('what stood in a hook is there byte for byte after install and uninstall: %j', async (text) => {
  const { root, file } = withHook(text)
  expect((await hook('install', root, 'pre-commit')).code).toBe(0)
  expect(readFileSync(file, 'utf8')).toContain(text.trimEnd())
  await hook('uninstall', root, 'pre-commit')
  expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(text)
})

test.each(foreign)('the same for a pre-push hook, which needs what stands first: %j', async (text) => {
  const { root, file } = withHook(text, 'pre-push')
  expect((await hook('install', root, 'pre-push')).code).toBe(0)
  await hook('uninstall', root, 'pre-push')
  expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(text)
})

test('what stood in a hook before still runs, and still decides', async () => {
  const { root, file } = withHook('#!/bin/sh\necho from the old hook >&2\nfalse\n')
  await hook('install', root, 'pre-commit')
  const done = await git(root, ['commit', '--allow-empty', '-m', 'x'])
  expect(done.stderr).toContain('from the old hook')
  expect(done.code).toBe(1)
  expect((await run(file, [], { cwd: root })).code).toBe(1)
})

const untouched: [string, string, RegExp][] = [
  ['another language', '#!/usr/bin/env python3\nprint(1)\n', /is not a shell script/],
  ['a script that ends by itself', '#!/bin/sh\nnpm test\nexit 0\n', /may end by itself \("exit 0"\)/],
  [
    'a script that ends early now and then',
    '#!/bin/sh\nif [ -n "$CI" ]; then\n  exit 0\nfi\nnpm test\n',
    /may end by itself/,
  ],
  ['a script that leaves behind a condition', '#!/bin/sh\n[ -n "$CI" ] && exit\nnpm test\n', /may end by itself/],
  [
    'the hook of the pre-commit framework',
    '#!/usr/bin/env bash\nif true; then\n    exec pre-commit run\nfi\n',
    /may end by itself/,
  ],
  ['a script that returns', '#!/bin/sh\n[ -f package.json ] || return 0\nnpm test\n', /\("return 0"\)/],
  ['a script that becomes another', '#!/bin/sh\nif true; then\n  exec 2>&1 ./other "$@"\nfi\n', /\("exec"\)/],
  [
    'a script whose trap exits',
    "#!/bin/sh\ntrap 'exit 0' EXIT\nnpm test\n",
    /may end by itself \("trap 'exit 0' EXIT"\)/,
  ],
  ['a script that hides it', '#!/bin/sh\necho "issue #12"; exit 0\nnpm test\n', /may end by itself \("exit 0"\)/],
  ['Windows line ends', '#!/bin/sh\r\nnpm test\r\n', /not a plain shell script/],
]

test.each(untouched)('%s is not touched, and the line to add is printed', async (_, text, why) => {
  const { root, file } = withHook(text)
  const done = await hook('install', root, 'pre-commit')
  expect(done.code).toBe(2)
  expect(done.stderr).toMatch(why)
  expect(done.stderr).toMatch(/hint: run from it: \/.* hook run pre-commit "\$@"/)
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('a hook that is switched off, a link and bytes that are no text are not touched', async () => {
  const off = withHook('#!/bin/sh\nnpm test\n', 'pre-commit', 0o644)
  expect((await hook('install', off.root, 'pre-commit')).stderr).toMatch(/not executable/)
  const odd = withHook('#!/bin/sh\n')
  writeFileSync(odd.file, Buffer.from([0x23, 0xff, 0xfe, 0x0a]))
  expect((await hook('install', odd.root, 'pre-commit')).stderr).toMatch(/is not text/)
  const linked = withHook('#!/bin/sh\n')
  rmSync(linked.file)
  symlinkSync('/bin/true', linked.file)
  expect((await hook('install', linked.root, 'pre-commit')).stderr).toMatch(/not a plain file/)
})

test('a linked work tree has the hooks of its repository', async () => {
  const { root, git: at } = repository()
  const place = join(temporaryFolder().root, 'linked')
  at('worktree', 'add', '-q', place)
  await hook('install', place, 'pre-commit')
  expect(existsSync(join(root, '.git/hooks/pre-commit'))).toBe(true)
})

test('core.hooksPath inside the repository is followed', async () => {
  const { root, git: at } = repository()
  at('config', 'core.hooksPath', 'tools/hooks')
  await hook('install', root, 'pre-commit')
  expect(existsSync(join(root, 'tools/hooks/pre-commit'))).toBe(true)
})

test('a hooks folder that is shared, or that the repository points to elsewhere, is not touched', async () => {
  const { root, git: at } = repository()
  const elsewhere = temporaryFolder().root
  at('config', 'core.hooksPath', elsewhere)
  const done = await hook('install', root, 'pre-commit')
  expect(done.code).toBe(2)
  expect(done.stderr).toMatch(/does not belong to this repository alone/)
  expect(existsSync(join(elsewhere, 'pre-commit'))).toBe(false)
})

test("husky's own folder is left alone: the file beside it is the hook", async () => {
  const { root, git: at, write } = repository()
  at('config', 'core.hooksPath', '.husky/_')
  write('.husky/_/pre-commit', '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n')
  write('.husky/pre-commit', 'npm test\n')
  expect((await hook('install', root, 'pre-commit')).code).toBe(0)
  expect(readFileSync(join(root, '.husky/pre-commit'), 'utf8')).toMatch(/^npm test\n# >>> local-brain/)
  expect(readFileSync(join(root, '.husky/_/pre-commit'), 'utf8')).not.toContain('local-brain')
})

test('a program that is gone steps aside with a hint', async () => {
  const { root } = repository()
  await hook('install', root, 'pre-commit')
  const file = join(root, '.git/hooks/pre-commit')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(command.at(-1) ?? '', '/gone'))
  const done = await git(root, ['commit', '--allow-empty', '-q', '-m', 'x'])
  expect(done.code).toBe(0)
  expect(done.stderr).toMatch(/local-brain is no longer where it was.*\nhint: local-brain hook install pre-commit/)
})

test('outside a repository, and for a hook that there is not', async () => {
  expect(await hook('install', temporaryFolder().root, 'pre-commit')).toMatchObject({ code: 2 })
  const { root } = repository()
  const unknown = await hook('install', root, 'post-merge')
  expect(unknown).toMatchObject({ code: 2 })
  expect(unknown.stderr).toBe(
    'error: "post-merge" is not a hook\nhint: one of: pre-commit, prepare-commit-msg, pre-push\n',
  )
  expect((await hook('install', root, 'pre-commit', '--fail-on', 'much')).code).toBe(2)
  expect(gitNow(root, 'status', '--porcelain')).toBe('')
})
