import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findPlaces } from '../../../src/workspace/sandbox/places.ts'
import { type Repositories, newRepositories } from '../../../src/workspace/sandbox/repositories.ts'
import { takeAwayRepositories } from '../../../src/workspace/sandbox/take-away.ts'
import { createFolder, git, write } from '../../workspace.ts'
import { everyByte } from '../changes/project.ts'

const memory = '/dev/shm'
const hasOtherDisk = existsSync(memory) && statSync(memory).dev !== statSync(tmpdir()).dev

function folderOnOtherDisk(): string {
  const folder = mkdtempSync(join(memory, 'taken-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A folder with files, and what is taken away of what somebody does in it then. */
async function after(
  act: (root: string) => void,
  { root = realpathSync(createFolder({ 'a.txt': 'a\n' })), state = createFolder(), ours = [] as string[] } = {},
) {
  const before = await findPlaces([root])
  if (before === undefined) throw new Error('too many files')
  const closed = before.secrets
  act(root)
  const store = join(state, 'taken-away')
  const said = await takeAwayRepositories({ repositories: before.repositories, closed }, { root, store, ours })
  /** Where it says that something was moved to. */
  const place = / moved to ([^:]*): /.exec(said.join())?.[1] ?? ''
  return { root, said, place, store }
}

test('a new repository goes whole to a private folder, its files stay, and mv brings it back', async () => {
  const { root, said, place, store } = await after((top) => {
    write(top, { 'sub/b.txt': 'b\n' })
    git(join(top, 'sub'), 'init', '-q')
    git(join(top, 'sub'), 'config', 'core.fsmonitor', 'touch /tmp/x')
  })
  expect(said).toEqual([
    `the repository that a command made in sub was moved to ${place}: git runs what its settings name; mv brings it back`,
  ])
  expect(place).toMatch(/\/taken-away\/\d{8}T\d{6}-[0-9a-f]{6}\/sub\/\.git$/)
  expect(statSync(store).mode & 0o777).toBe(0o700)
  expect(Object.keys(everyByte(root))).toEqual(['a.txt', 'sub', 'sub/b.txt'])
  execFileSync('mv', [place, join(root, 'sub')])
  expect(git(join(root, 'sub'), 'config', 'core.fsmonitor')).toBe('touch /tmp/x\n')
})

test('of a folder that was made for a repository nothing is left, whether it is bare or not', async () => {
  const { root, said, place } = await after((top) => {
    git(top, 'init', '-q', 'one/two')
    git(top, 'init', '-q', '--bare', 'three.git')
    write(top, { 'four/.git': 'gitdir: ../elsewhere\n', 'target/.git/HEAD': 'x', '.vault/.git/HEAD': 'x' })
  })
  expect(Object.keys(everyByte(root))).toEqual(['a.txt'])
  expect(said).toEqual([
    `the repositories that a command made in .vault, four, one/two and 2 more folders were moved to ${place}: git runs what their settings name; mv brings them back`,
  ])
  expect(existsSync(join(place, 'one/two/.git/HEAD'))).toBe(true)
})

test('the folder itself loses what makes it a repository, and keeps what was in it before', async () => {
  const root = realpathSync(createFolder({ 'info/own.txt': 'mine\n', description: 'mine\n' }))
  const { said } = await after((top) => git(top, 'init', '-q', '--bare', '.'), { root })
  expect(Object.keys(everyByte(root))).toEqual(['description', 'info', 'info/exclude', 'info/own.txt'])
  expect(readFileSync(join(root, 'description'), 'utf8')).toBe('mine\n')
  expect(said.join()).toContain('that a command made in the workspace itself was moved')
})

test('one that was there before is not touched, whatever place it gets', async () => {
  const root = realpathSync(createFolder({ 'a.txt': 'a\n' }))
  for (const args of [['old'], ['target'], ['--bare', 'bare.git'], ['.']]) git(root, 'init', '-q', ...args)
  write(root, { 'loose/HEAD': 'x' })
  const { said } = await after(
    (top) => {
      mkdirSync(join(top, 'new'))
      for (const name of ['old', 'target', 'bare.git', 'loose']) renameSync(join(top, name), join(top, 'new', name))
      writeFileSync(join(top, 'new/old/b.txt'), 'b\n')
    },
    { root },
  )
  expect(said).toEqual([])
  for (const name of ['new/old/.git', 'new/target/.git', 'new/bare.git', '.git'])
    expect(existsSync(join(root, name, 'HEAD'))).toBe(true)
})

test.each(['.git', 'bare'])('nor is one whose number changes on its disk, while it is older: %s', (kind) => {
  const at = Date.now()
  const look = (folder: string, id: string, born: number): Repositories => ({
    at,
    folders: new Set(),
    gits: kind === '.git' ? [{ folder, name: '.git', id, born }] : [],
    parts: new Map(kind === '.git' ? [] : [[folder, { id, names: ['HEAD', 'objects', 'refs'], born }]]),
  })
  const before = look('/w/a', '1:2', at - 60_000)
  const found = (folder: string, id: string, born: number) => newRepositories(before, look(folder, id, born)).length
  expect(found('/w/a', '1:3', at - 60_000)).toBe(0)
  expect(found('/w/a', '1:3', 0)).toBe(0)
  expect(found('/w/b', '1:2', at - 60_000)).toBe(0)
  expect(found('/w/a', '1:3', at + 5)).toBe(1)
  expect(found('/w/b', '1:3', at - 60_000)).toBe(1)
})

test('one that is put together of what was there before, or in the place of another, is taken away', async () => {
  const root = realpathSync(
    createFolder({ 'one/HEAD': 'ref: refs/heads/main\n', 'two/objects/x': '', 'three/refs/x': '' }),
  )
  git(root, 'init', '-q', '--bare', 'bare.git')
  git(root, 'init', '-q', 'old')
  const { said } = await after(
    (top) => {
      mkdirSync(join(top, 'evil'))
      for (const path of ['one/HEAD', 'two/objects', 'three/refs'])
        renameSync(join(top, path), join(top, 'evil', path.slice(path.indexOf('/') + 1)))
      for (const name of ['bare.git', 'old']) renameSync(join(top, name), join(top, `${name}.moved`))
      git(top, 'init', '-q', '--bare', 'bare.git')
      git(top, 'init', '-q', 'old')
    },
    { root },
  )
  expect(said.join()).toContain('made in bare.git, evil, old were moved')
  expect(existsSync(join(root, 'bare.git.moved/HEAD')) && existsSync(join(root, 'old.moved/.git/HEAD'))).toBe(true)
})

test('a link is moved itself, and what it leads to stays', async () => {
  const other = createFolder()
  git(other, 'init', '-q')
  const { root, place } = await after((top) => {
    mkdirSync(join(top, 'sub'))
    symlinkSync(join(other, '.git'), join(top, 'sub/.git'))
    symlinkSync(other, join(top, 'way'))
  })
  expect(lstatSync(place).isSymbolicLink()).toBe(true)
  expect(existsSync(join(root, 'sub'))).toBe(false)
  expect(git(join(root, 'way'), 'rev-parse', '--git-dir')).toBe('.git\n')
})

test.each(['the same disk', 'another disk'])('rights that were taken away keep nothing here, with %s', async (disk) => {
  if (disk === 'another disk' && !hasOtherDisk) return
  const state = disk === 'another disk' ? folderOnOtherDisk() : createFolder()
  const { root, said, place } = await after(
    (top) => {
      for (const name of ['one', 'two', 'three']) git(top, 'init', '-q', name)
      symlinkSync('/etc/passwd', join(top, 'one/.git/link'))
      execFileSync('mkfifo', [join(top, 'one/.git/pipe')])
      chmodSync(join(top, 'one/.git/config'), 0)
      for (const path of ['one/.git', 'one']) chmodSync(join(top, path), 0o500)
      chmodSync(join(top, 'two'), 0o311)
      for (const path of ['three/.git/hooks', 'three/.git', 'three']) chmodSync(join(top, path), 0)
    },
    { state },
  )
  expect(said.join()).toMatch(/^the repositories that a command made in one, three, two were moved/)
  expect(Object.keys(everyByte(root))).toEqual(['a.txt'])
  for (const name of ['one', 'two', 'three'])
    expect(readFileSync(join(place, name, '.git/HEAD'), 'utf8')).toMatch(/^ref/)
  expect(lstatSync(join(place, 'one/.git/link')).isSymbolicLink()).toBe(true)
  // Else nobody but root can remove it.
  execFileSync('chmod', ['-R', 'u+rwx', place])
})

test('where it cannot be moved it stays whole, and that is said with the reason', async () => {
  const state = createFolder({ 'taken-away': 'a file\n' })
  const { root, said } = await after((top) => git(top, 'init', '-q', 'sub'), { state })
  expect(said).toEqual([
    expect.stringMatching(
      /^the repository that a command made in sub could not be moved away \(E\w+: [^)]*\): git runs/,
    ),
  ])
  expect(git(join(root, 'sub'), 'rev-parse', '--git-dir')).toBe('.git\n')
})

test.runIf(hasOtherDisk)('what is too large to be copied to another disk stays whole', async () => {
  const { root, said } = await after(
    (top) => {
      git(top, 'init', '-q', 'sub')
      writeFileSync(join(top, 'sub/.git/large'), '')
      truncateSync(join(top, 'sub/.git/large'), 2 ** 31)
    },
    { state: folderOnOtherDisk() },
  )
  expect(said.join()).toContain('made in sub could not be moved away (it is too large for a copy): git runs')
  expect(git(join(root, 'sub'), 'rev-parse', '--git-dir')).toBe('.git\n')
})

test('our own folders are left alone where they lie in the workspace', async () => {
  const root = realpathSync(createFolder({ 'a.txt': 'a\n' }))
  const { said } = await after((top) => git(top, 'init', '-q', '--bare', '.local/state/git'), {
    root,
    ours: [join(root, '.local/state')],
  })
  expect(said).toEqual([])
})
