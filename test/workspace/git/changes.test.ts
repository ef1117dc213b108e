import { chmodSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listChanges, readPatch } from '../../../src/workspace/git/changes.ts'
import { openGit } from '../../../src/workspace/git/open.ts'
import { createConflict, createRepository, environment, git, write } from '../../workspace.ts'

async function open(folder: string) {
  const ours = await openGit(folder, { environment })
  if (!ours) throw new Error(`${folder} is no repository`)
  return ours
}

const limits = { context: 3, maxBytes: 1_000_000 }

test('a file in conflict is one entry without text, and those beside it keep theirs', async () => {
  const ours = await open(createConflict())
  for (const sides of [['--cached'], []]) {
    const { changes, sections } = await readPatch(ours, sides, limits)
    const statuses = changes.map(({ path, status }) => `${status} ${path}`)
    expect(statuses).toEqual(sides.length > 0 ? ['U a.txt'] : ['U a.txt', 'M b.txt'])
    expect((await listChanges(ours, sides)).map(({ path, status }) => `${status} ${path}`)).toEqual(statuses)
    expect(sections.get('a.txt')).toEqual([])
    if (sides.length === 0) expect(sections.get('b.txt')?.[0]?.lines.map(({ text }) => text)).toEqual(['b', 'bb'])
  }
})

test('a path that is a folder too brings in nothing of another name, old or new', async () => {
  const lines = Array.from({ length: 20 }, (_, index) => `VALUE_${index}=${index}\n`).join('')
  const folder = createRepository({ 'config/.env': `TOKEN=hunter2\n${lines}` })
  renameSync(join(folder, 'config/.env'), join(folder, 'x.txt'))
  rmSync(join(folder, 'config'), { recursive: true })
  write(folder, { config: 'plain\n', 'y.txt': lines })
  git(folder, 'add', '-A')
  // Asked like this, git itself takes the one for the other.
  expect(git(folder, 'diff', '--cached', '--', 'y.txt', 'config')).toContain('-TOKEN=hunter2')
  const wanted = [{ path: 'y.txt' }, { path: 'config' }]
  const { changes, sections } = await readPatch(await open(folder), ['--cached'], { ...limits, wanted })
  expect(changes.map(({ path }) => path)).toEqual(['config'])
  expect([...sections.keys()]).toEqual(['config'])
})

test('past its limit a patch is an error, or clipped to whole files', async () => {
  const folder = createRepository()
  write(folder, { 'x.txt': 'x\n'.repeat(1000), 'y.txt': 'y\n'.repeat(1000) })
  git(folder, 'add', '-A')
  const ours = await open(folder)
  const options = { context: 3, maxBytes: 4500 }
  await expect(readPatch(ours, ['--cached'], options)).rejects.toMatchObject({ code: 'git-failed' })
  const { changes, sections } = await readPatch(ours, ['--cached'], { ...options, clip: true })
  expect(changes.map(({ path }) => path)).toEqual(['x.txt', 'y.txt'])
  expect([...sections.keys()]).toEqual(['x.txt'])
})

test('what was only touched is no change, and the index is not written for it', async () => {
  const folder = createRepository({ 'a.txt': 'one\n', 'b.txt': 'b\n', 'c.sh': 'c\n' })
  write(folder, { 'b.txt': 'bb\n' })
  utimesSync(join(folder, 'a.txt'), 1, 1)
  chmodSync(join(folder, 'c.sh'), 0o755)
  const index = () => {
    const { ino, mtimeMs } = statSync(join(folder, '.git/index'))
    return { ino, mtimeMs }
  }
  const before = index()
  const ours = await open(folder)
  expect((await listChanges(ours, [])).map(({ path }) => path)).toEqual(['b.txt', 'c.sh'])
  const { changes, sections } = await readPatch(ours, [], limits)
  expect(changes.map(({ path }) => path)).toEqual(['b.txt', 'c.sh'])
  expect([...sections.keys()]).toEqual(['b.txt', 'c.sh'])
  expect(index()).toEqual(before)
})

test('the text of a diff says the same sizes as its list, whatever changed', async () => {
  const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at}\n`).join('')
  const folder = createRepository({
    'binary.png': '\0old',
    'emptied.txt': 'a\n',
    'deleted.txt': lines(3),
    'edited.txt': lines(50),
    'linked.txt': 'text\n',
    'mode.sh': 'x\n',
    'moved.png': '\0moved',
    'moved.txt': lines(20),
    'noend.txt': 'a\nBinary files are not meant here\n',
  })
  for (const name of ['deleted.txt', 'linked.txt']) rmSync(join(folder, name))
  symlinkSync('elsewhere', join(folder, 'linked.txt'))
  chmodSync(join(folder, 'mode.sh'), 0o755)
  renameSync(join(folder, 'moved.png'), join(folder, 'new.png'))
  renameSync(join(folder, 'moved.txt'), join(folder, 'new name.txt'))
  write(folder, {
    'added.txt': 'diff --git a/x b/x\n@@ -1 +1 @@\n-x\n',
    'binary.png': '\0new',
    'edited.txt': lines(50).replace('line 7\n', 'one\ntwo\n').replace('line 40\n', ''),
    'empty.txt': '',
    'emptied.txt': '',
    'new name.txt': lines(21),
    'noend.txt': 'a\nBinary files are not meant\nb',
  })
  // Without a content in the index both of its ids are zeros.
  write(folder, { 'intended.png': '\0new' })
  git(folder, 'add', '-N', 'intended.png')
  const ours = await open(folder)
  const inTree = [await readPatch(ours, [], limits), await listChanges(ours, [])] as const
  git(folder, 'add', '-A')
  const staged = [await readPatch(ours, ['--cached'], limits), await listChanges(ours, ['--cached'])] as const
  for (const [{ changes }, listed] of [inTree, staged]) expect(changes).toEqual(listed)
  expect(inTree[1].find(({ path }) => path === 'intended.png')).toMatchObject({ size: null })
  expect(staged[1].map(({ path, size }) => [path, size && [size.added, size.removed]])).toEqual([
    ['added.txt', [3, 0]],
    ['binary.png', null],
    ['deleted.txt', [0, 3]],
    ['edited.txt', [2, 2]],
    ['emptied.txt', [0, 1]],
    ['empty.txt', [0, 0]],
    ['intended.png', null],
    ['linked.txt', [1, 1]],
    ['mode.sh', [0, 0]],
    ['new name.txt', [1, 0]],
    ['new.png', [0, 0]],
    ['noend.txt', [2, 1]],
  ])
})
