import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync, statSync, truncateSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { compareTrees } from '../../../src/workspace/changes/difference.ts'
import { openScratch } from '../../../src/workspace/changes/scratch.ts'
import { createFolder, createRepository, git, write } from '../../workspace.ts'
import { storeOf } from './project.ts'

test('a copy holds what the working tree holds, and its changes become a patch that git apply takes', async () => {
  const top = createRepository({
    'a.txt': 'one\ntwo\n',
    '.gitignore': 'dist/\n',
    'old.txt': 'some\nlines\nhere\n',
  })
  write(top, { 'a.txt': 'one\nmine\n', 'new.txt': 'untracked\r\n', 'dist/x.js': 'built', '.env': 'KEY=1' })
  const store = await storeOf(top)
  const scratch = await openScratch(store)
  const copied = (name: string) => readFileSync(join(scratch.top, name), 'utf8')
  expect([copied('a.txt'), copied('new.txt')]).toEqual(['one\nmine\n', 'untracked\r\n'])
  expect(existsSync(join(scratch.top, 'dist'))).toBe(false)
  expect(existsSync(join(scratch.top, '.env'))).toBe(false)
  write(scratch.top, { 'a.txt': 'one\ntheirs\n', 'made/x.bin': Buffer.from([0, 1, 2]) })
  renameSync(join(scratch.top, 'old.txt'), join(scratch.top, 'moved.txt'))
  const end = await scratch.snapshot()
  const { changes, patch } = await compareTrees(store.own, scratch.start.tree, end.tree)
  expect(changes).toMatchObject([
    { path: 'a.txt', kind: 'modify', added: 1, removed: 1, binary: false },
    { path: 'made/x.bin', kind: 'create', added: 0, removed: 0, binary: true },
    { path: 'moved.txt', kind: 'move', from: 'old.txt', added: 0, removed: 0, binary: false },
  ])
  expect(patch.toString()).toMatch(/^Not included, since it is binary: a\/made\/x\.bin/)
  const outside = createFolder({ 'x.patch': patch })
  git(top, 'apply', join(outside, 'x.patch'))
  expect(readFileSync(join(top, 'a.txt'), 'utf8')).toBe('one\ntheirs\n')
  expect(existsSync(join(top, 'moved.txt'))).toBe(true)
  await scratch.remove()
  expect(existsSync(scratch.top)).toBe(false)
})

test.each([
  ['a folder', () => undefined],
  ['a new repository', (top: string) => git(top, 'init', '-q')],
])('%s without any file can be copied, and what is made there is a change', async (_, prepare) => {
  const top = createFolder()
  prepare(top)
  const store = await storeOf(top)
  const { tree } = await store.snapshot()
  const scratch = await openScratch(store)
  write(scratch.top, { 'new.txt': 'new\n' })
  const { changes } = await compareTrees(store.own, tree, (await scratch.snapshot()).tree)
  expect(changes.map(({ path, kind }) => [path, kind])).toEqual([['new.txt', 'create']])
  await scratch.remove()
})

test('neither filters nor line ends nor keywords of a repository change a byte of the copy, and nothing of it runs', async () => {
  const attributes = '* text=auto filter=x\n*.id ident\n*.u working-tree-encoding=UTF-16\n'
  const top = createRepository({ 'a.txt': 'one\n' })
  write(top, {
    '.gitattributes': attributes,
    'crlf.txt': 'one\r\ntwo\r\n',
    'k.id': '$Id: mine$\n',
    'w.u': Buffer.from('\ufeffa', 'utf16le'),
  })
  const marker = join(createFolder(), 'ran')
  git(top, 'config', 'filter.x.clean', `touch ${marker}; cat`)
  git(top, 'config', 'filter.x.smudge', `touch ${marker}; cat`)
  git(top, 'config', 'core.fsmonitor', `touch ${marker}; false`)
  git(top, 'config', 'core.autocrlf', 'true')
  const store = await storeOf(top)
  const scratch = await openScratch(store)
  for (const name of ['a.txt', 'crlf.txt', 'k.id', 'w.u'])
    expect(readFileSync(join(scratch.top, name))).toEqual(readFileSync(join(top, name)))
  expect((await scratch.snapshot()).tree).toBe(scratch.start.tree)
  expect(existsSync(marker)).toBe(false)
  git(top, 'add', '-A')
  expect(existsSync(marker)).toBe(true)
})

test('submodules, pipes and large files are named and left out', async () => {
  const top = createRepository({ 'a.txt': 'one\n' })
  const inner = createRepository({ 'b.txt': 'b\n' })
  git(top, 'submodule', 'add', '-q', inner, 'sub')
  execFileSync('mkfifo', [join(top, 'pipe')])
  write(top, { large: '' })
  truncateSync(join(top, 'large'), 33 * 1024 * 1024)
  const { paths, left } = await (await storeOf(top)).snapshot()
  expect(paths).toEqual(['.gitmodules', 'a.txt'])
  expect(left).toEqual([
    { path: 'large', reason: 'larger than 32 MB' },
    { path: 'sub', reason: 'a repository of its own' },
  ])
})

test('of more than a gigabyte there is no copy, which is said at once', async () => {
  const top = createFolder()
  for (let index = 0; index < 33; index += 1) {
    write(top, { [`${index}`]: '' })
    truncateSync(join(top, `${index}`), 32 * 1024 * 1024)
  }
  await expect(openScratch(await storeOf(top))).rejects.toMatchObject({
    code: 'overflow',
    message: expect.stringContaining('more than 1 GB') as string,
  })
})

test('two copies at once are two, and what an ended process left is swept', async () => {
  const top = createRepository({ 'a.txt': 'one\n' })
  const store = await storeOf(top)
  const first = await openScratch(store)
  const left = join(dirname(dirname(first.top)), '999999999-abc')
  write(left, { 'files/a.txt': 'x' })
  const second = await openScratch(store)
  write(first.top, { 'a.txt': 'first\n' })
  expect(readFileSync(join(second.top, 'a.txt'), 'utf8')).toBe('one\n')
  expect(existsSync(left)).toBe(false)
  expect(statSync(first.top).mode & 0o777).toBe(0o700)
  await Promise.all([first.remove(), second.remove()])
})

test('a copy whose folders were closed or whose rules were deleted ends like any other', async () => {
  const top = createRepository({ 'a/b.txt': 'one\n', '.gitignore': 'dist\n' })
  write(top, { 'dist/x': 'built' })
  const scratch = await openScratch(await storeOf(top))
  rmSync(join(scratch.top, '.gitignore'))
  execFileSync('chmod', ['-R', '000', join(scratch.top, 'a')])
  const { paths } = await scratch.snapshot()
  expect(paths).not.toContain('dist')
  await scratch.remove()
  expect(existsSync(scratch.top)).toBe(false)
  expect(readFileSync(join(top, 'dist/x'), 'utf8')).toBe('built')
})

test('a change of the same size in the same second is seen, also when other files go', async () => {
  const top = createRepository({ 'a.txt': 'one\n', 'b.txt': 'b\n' })
  const store = await storeOf(top)
  const scratch = await openScratch(store)
  const { mtime } = statSync(join(scratch.top, 'a.txt'))
  write(scratch.top, { 'a.txt': 'two\n' })
  utimesSync(join(scratch.top, 'a.txt'), mtime, mtime)
  rmSync(join(scratch.top, 'b.txt'))
  // Past the second in which the copy was made, so that only the copy of the index can know.
  const { mtimeMs } = statSync(join(scratch.top, '../index'))
  while (Date.now() < (Math.floor(mtimeMs / 1000) + 1) * 1000) statSync(top)
  const end = await scratch.snapshot()
  const { changes } = await compareTrees(store.own, scratch.start.tree, end.tree)
  expect(changes.map(({ path }) => path)).toEqual(['a.txt', 'b.txt'])
  await scratch.remove()
})
