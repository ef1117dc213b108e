import { chmodSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolder, createRepository, git, write } from '../workspace.ts'
import { changesOf, gatherIn, paths, reasons, staged } from './gathering.ts'

const diff = {}

test('a staged change is shown with its function, new line numbers and unnumbered removed lines', async () => {
  const before =
    'const a = 1\n\nfunction save(x) {\n  check(x)\n  return store(x)\n}\n\nfunction other() {\n  return 2\n}\n'
  const after = before.replace('  check(x)\n', '  log(x)\n  touch(x)\n')
  const gathered = await gatherIn(staged({ 'src/a.js': before }, { 'src/a.js': after }), { diff })
  expect(gathered.scope).toEqual({ kind: 'staged', base: null })
  expect(gathered.units.map((unit) => unit.text)).toEqual([
    [
      'FILE src/a.js (javascript), function: save',
      '   1 | const a = 1',
      '   2 | ',
      '   3 | function save(x) {',
      '-    |   check(x)',
      '+  4 |   log(x)',
      '+  5 |   touch(x)',
      '   6 |   return store(x)',
      '   7 | }',
      '   8 | ',
      '',
    ].join('\n'),
  ])
  expect(gathered.units[0]).toMatchObject({ side: 'new', startLine: 1, endLine: 8, scope: 'save', kind: 'hunk' })
  expect(gathered.branch).toBe('main')
})

test('the first commit of a repository is looked at', async () => {
  const folder = createFolder({ 'a.ts': 'export const a = 1\n' })
  git(folder, 'init', '-q', '-b', 'trunk')
  git(folder, 'add', '-A')
  const gathered = await gatherIn(folder, { diff })
  expect(changesOf(gathered.units[0])).toEqual(['+1 export const a = 1'])
  expect(gathered.branch).toBe('trunk')
})

test('without changes there is nothing to look at', async () => {
  const gathered = await gatherIn(createRepository(), { diff })
  expect(gathered).toMatchObject({ units: [], skipped: [], diff: '', scope: { kind: 'staged' } })
})

test('of a file that is staged in part, only the staged part counts', async () => {
  const folder = staged({ 'a.txt': 'one\ntwo\n' }, { 'a.txt': 'one staged\ntwo\n' })
  write(folder, { 'a.txt': 'one fixed\ntwo not staged\n' })
  const gathered = await gatherIn(folder, { diff })
  expect(changesOf(gathered.units[0])).toEqual(['- one', '+1 one staged'])
})

test('when nothing is staged, the unstaged changes are the work, and the scope says so', async () => {
  const folder = createRepository({ 'a.txt': 'one\n' })
  write(folder, { 'a.txt': 'two\n' })
  const gathered = await gatherIn(folder, { diff })
  expect(gathered.scope.kind).toBe('unstaged')
  expect(changesOf(gathered.units[0])).toEqual(['- one', '+1 two'])
})

test('where content comes from the index, unstaged changes never stand in', async () => {
  const folder = createRepository({ 'a.txt': 'one\n' })
  write(folder, { 'a.txt': 'two\n' })
  expect(await gatherIn(folder, { diff }, { view: 'index' })).toMatchObject({ units: [], scope: { kind: 'staged' } })
})

test('outside a repository there is no diff', async () => {
  await expect(gatherIn(createFolder(), { diff })).rejects.toMatchObject({ code: 'not-a-repository' })
})

test('below the top, only changes inside the root are looked at, named from the root', async () => {
  const folder = staged({}, { 'app/src/a.txt': 'x = 1\n', 'other.txt': 'y\n' })
  const gathered = await gatherIn(folder, { diff }, { root: join(folder, 'app') })
  expect(paths(gathered)).toEqual(['src/a.txt'])
  expect(gathered.units[0]?.text).toContain('FILE src/a.txt (text)')
  expect(reasons(gathered)).toEqual(['../other.txt: outside the root'])
})

test('a merge resolved by hand shows only the resolution', async () => {
  const folder = createRepository({ 'a.txt': 'one\n', 'b.txt': 'b\n' })
  git(folder, 'checkout', '-q', '-b', 'side')
  write(folder, { 'a.txt': 'side\n', 'b.txt': 'b of side\n', 'new.txt': 'new\n' })
  git(folder, 'add', '-A')
  git(folder, 'commit', '-q', '-m', 'side')
  git(folder, 'checkout', '-q', 'main')
  write(folder, { 'a.txt': 'main\n' })
  git(folder, 'commit', '-q', '-a', '-m', 'main')
  expect(() => git(folder, 'merge', '-q', 'side')).toThrow(/./)
  const conflicting = await gatherIn(folder, { diff })
  expect(reasons(conflicting)).toContain('a.txt: merge conflict, not resolved yet')
  expect(conflicting.units).toEqual([])

  write(folder, { 'a.txt': 'main and side\n' })
  git(folder, 'add', '-A')
  const resolved = await gatherIn(folder, { diff })
  expect(paths(resolved)).toEqual(['a.txt'])
  expect(changesOf(resolved.units[0])).toContain('+1 main and side')
  expect(resolved.warnings).toHaveLength(1)
})

test('renames show the new name: with an edit as a change, without one as skipped', async () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n')
  const folder = createRepository({
    'old.txt': `${lines}\n`,
    'pure.txt': `pure ${lines}\n`,
    'Case.txt': `c ${lines}\n`,
  })
  git(folder, 'mv', 'old.txt', 'new.txt')
  git(folder, 'mv', 'pure.txt', 'moved.txt')
  git(folder, 'mv', 'Case.txt', 'case.txt')
  write(folder, { 'new.txt': `${lines.replace('line 7', 'line seven')}\n` })
  git(folder, 'add', '-A')
  const gathered = await gatherIn(folder, { diff })
  expect(paths(gathered)).toEqual(['new.txt'])
  expect(changesOf(gathered.units[0])).toEqual(['- line 7', '+8 line seven'])
  expect(reasons(gathered)).toEqual([
    'case.txt: renamed from Case.txt, nothing else changed',
    'moved.txt: renamed from pure.txt, nothing else changed',
  ])
  expect(gathered.diff).toContain('rename from old.txt\nrename to new.txt\n')
})

test('changes of mode and type are named; a link that becomes a file is looked at', async () => {
  const folder = createRepository({ 'run.sh': 'x\n', 'file.txt': 'secret = 1\n', 'target.txt': 't\n' })
  symlinkSync('target.txt', join(folder, 'link.txt'))
  git(folder, 'add', '-A')
  git(folder, 'commit', '-q', '-m', 'link')
  chmodSync(join(folder, 'run.sh'), 0o755)
  rmSync(join(folder, 'file.txt'))
  symlinkSync('/etc/passwd', join(folder, 'file.txt'))
  rmSync(join(folder, 'link.txt'))
  writeFileSync(join(folder, 'link.txt'), 'now a file\n')
  git(folder, 'add', '-A')
  const gathered = await gatherIn(folder, { diff })
  expect(gathered.units.map((unit) => [unit.path, ...changesOf(unit)])).toEqual([['link.txt', '+1 now a file']])
  expect(reasons(gathered)).toEqual([
    'file.txt: file replaced by a symbolic link',
    'run.sh: made executable, nothing else changed',
  ])
})

test('removals are units of the old side, numbered in the old file', async () => {
  const guard = 'def f(x):\n    y = 1\n    if x is None:\n        return 0\n    return x.y\n'
  const folder = createRepository({ 'guard.py': guard, 'gone.txt': 'one\ntwo\n', 'emptied.txt': 'three\n' })
  write(folder, { 'guard.py': 'def f(x):\n    y = 1\n    return x.y\n', 'emptied.txt': '' })
  rmSync(join(folder, 'gone.txt'))
  git(folder, 'add', '-A')
  const gathered = await gatherIn(folder, { diff })
  const sides = gathered.units.map(({ path, side, startLine, endLine }) => [path, side, startLine, endLine])
  expect(sides.sort((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
    ['emptied.txt', 'old', 1, 1],
    ['gone.txt', 'old', 1, 2],
    ['guard.py', 'old', 1, 5],
  ])
  expect(changesOf(gathered.units.find((unit) => unit.path === 'guard.py'))).toEqual([
    '-     if x is None:',
    '-         return 0',
  ])
})

test('the whole diff is there as text, with what is skipped as a note', async () => {
  const lines = Array.from({ length: 30 }, (_, index) => `${index + 1}\n`).join('')
  const folder = staged(
    { 'a.txt': lines },
    { 'a.txt': lines.replace('20\n', 'twenty\n').trimEnd(), 'yarn.lock': 'x\n' },
  )
  const gathered = await gatherIn(folder, { diff })
  const plain = git(folder, 'diff', '--cached', '--', 'a.txt').replace(/^index .*\n/m, '')
  expect(gathered.diff.replace(/(?<=@@ .* @@).*/g, '')).toContain(plain.replace(/(?<=@@ .* @@).*/g, ''))
  expect(gathered.diff).toContain(
    'diff --git a/yarn.lock b/yarn.lock\nnew file mode 100644\n(text not shown: lock file, +1 -0)',
  )
})

test('what could do harm comes first, tests last', async () => {
  const folder = staged(
    {},
    {
      'a.test.ts': 'expect(exec(sql)).toBe(token)\nexpect(1).toBe(1)\n',
      'b.ts': 'const x = 1\n',
      'c.ts': 'exec(`rm ${path}`)\n',
    },
  )
  expect(paths(await gatherIn(folder, { diff }))).toEqual(['c.ts', 'b.ts', 'a.test.ts'])
})

test('small hunks of one file share a unit as far as the budget goes', async () => {
  const before = Array.from({ length: 200 }, (_, index) => `line ${index}\n`).join('')
  const after = before.replace(/line (10|90|170)\n/g, 'changed $1\n')
  const folder = staged({ 'a.txt': before }, { 'a.txt': after })
  const together = await gatherIn(folder, { diff })
  expect(together.units).toHaveLength(1)
  expect(together.units[0]?.text.match(/^…$/gm)).toHaveLength(2)
  const apart = await gatherIn(folder, { diff }, { unitChars: 600 })
  expect(apart.units.map(changesOf).sort((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
    ['- line 10', '+11 changed 10'],
    ['- line 170', '+171 changed 170'],
    ['- line 90', '+91 changed 90'],
  ])
})

test('a change in a long function is shown with the lines around it', async () => {
  const body = Array.from({ length: 300 }, (_, index) => `  step(${index})\n`).join('')
  const before = `function long() {\n${body}}\n`
  const folder = staged({ 'a.js': before }, { 'a.js': before.replace('step(150)', 'jump(150)') })
  const [unit] = (await gatherIn(folder, { diff })).units
  expect(unit).toMatchObject({ scope: 'long', startLine: 132, endLine: 160 })
})

test('gathering leaves no trace in the repository', async () => {
  const folder = staged({ 'a/x.txt': 'x\n' }, { 'a/x.txt': 'y\n' })
  renameSync(join(folder, 'a/x.txt'), join(folder, 'a/z.txt'))
  const before = git(folder, 'status', '--porcelain=v2')
  await gatherIn(folder, { diff })
  expect(git(folder, 'status', '--porcelain=v2')).toBe(before)
})
