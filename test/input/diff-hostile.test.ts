import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gather } from '../../src/input/index.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { linesOf } from '../../src/input/unit.ts'
import { createFolder, createRepository, environment, git, write } from '../workspace.ts'
import { changesOf, gatherIn, paths, reasons, staged } from './gathering.ts'

const diff = {}

test('no setting of the repository changes what a model is shown', async () => {
  const before = Array.from({ length: 40 }, (_, index) => `  const a${index} = ${index}\n`).join('\n')
  const folder = staged(
    { 'a.ts': before, 'z.ts': before, 'old.txt': before, 'order.txt': 'z\nw\nx\ny\ny\ny\nx\n' },
    {
      'order.txt': 'z\nx\ny\nx\ny\ny\nx\nz\n',
      'a.ts': before.replace('a20', 'b20'),
      'z.ts': before.replace('a9 ', 'SECRET '),
    },
  )
  git(folder, 'mv', 'old.txt', 'new name.txt')
  const clean = await gatherIn(folder, { diff })
  const tool = join(createFolder({ tool: '#!/bin/sh\necho REDACTED\n' }), 'tool')
  chmodSync(tool, 0o755)
  writeFileSync(join(folder, '.git/info/attributes'), '*.ts diff=x\n')
  writeFileSync(join(folder, '.git/order'), 'z.ts\n')
  const settings = [
    'diff.noprefix=true',
    'diff.mnemonicPrefix=true',
    'diff.context=0',
    'diff.interHunkContext=90',
    'diff.renames=false',
    'diff.relative=true',
    'diff.algorithm=histogram',
    'diff.submodule=log',
    'diff.colorMoved=zebra',
    'diff.wsErrorHighlight=all',
    'diff.suppressBlankEmpty=true',
    'diff.orderFile=.git/order',
    'color.ui=always',
    'color.diff=always',
    'core.abbrev=4',
    'core.quotePath=true',
    `diff.external=${tool}`,
    `diff.x.textconv=${tool}`,
    `diff.x.command=${tool}`,
    `core.fsmonitor=${tool}`,
    `core.pager=${tool}`,
  ]
  for (const setting of settings) git(folder, 'config', ...setting.split('=', 2))
  expect(git(folder, 'diff', '--cached')).not.toBe(git(createRepository(), 'diff', '--cached'))
  expect(git(folder, 'diff', '--cached')).toContain('REDACTED')
  expect(await gatherIn(folder, { diff })).toEqual(clean)
})

const names = [
  'with space.txt',
  'quo"te.txt',
  'back\\slash.txt',
  'new\nline.txt',
  'tab\there.txt',
  '-leading.txt',
  ':(top)x.txt',
  '*.txt',
  'emoji-🧠.txt',
  'a => b.txt',
  `${'n'.repeat(250)}.txt`,
]

test('any name is carried as it is, and stays on one line of the prompt', async () => {
  const folder = staged({}, Object.fromEntries(names.map((name) => [name, 'content = 1\n'])))
  const gathered = await gatherIn(folder, { diff })
  expect(paths(gathered).sort()).toEqual([...names].sort())
  expect(gathered.units.every((unit) => unit.text.split('\n').length === 3)).toBe(true)
})

test('a name that is not UTF-8 is named as not looked at', async () => {
  const folder = createRepository()
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.txt')]), 'x\n')
  git(folder, 'add', '-A')
  const gathered = await gatherIn(folder, { diff })
  expect(gathered.units).toEqual([])
  expect(gathered.skipped).toEqual([{ path: 'caf\ufffd.txt', reason: 'its name is not UTF-8', gap: true }])
})

test('content that looks like a diff is content', async () => {
  const before = 'keep\n-- a/x\n++ b/y\nend\n'
  const after = 'keep\n-- b\n++ b/x\ndiff --git a/q b/q\n@@ -1,2 +3,4 @@\n\\ No newline at end of file\nend\n'
  const folder = staged({ 'a.txt': before, 'b.txt': 'b\n' }, { 'a.txt': after, 'b.txt': 'bb\n' })
  const gathered = await gatherIn(folder, { diff })
  expect(gathered.units.map((unit) => [unit.path, ...changesOf(unit)])).toEqual([
    [
      'a.txt',
      '- -- a/x',
      '- ++ b/y',
      '+2 -- b',
      '+3 ++ b/x',
      '+4 diff --git a/q b/q',
      '+5 @@ -1,2 +3,4 @@',
      '+6 \\ No newline at end of file',
    ],
    ['b.txt', '- b', '+1 bb'],
  ])
})

const odd = [
  'crlf\r',
  'lone\rreturn',
  'separator\u2028here',
  'form\ffeed',
  'nel\u0085',
  '',
  'tab\t',
  'last without end',
]

test('lines are numbered as git blame numbers them', async () => {
  const content = `\ufeff${odd.join('\n')}`
  const folder = staged({ 'a.txt': 'start\n' }, { 'a.txt': content })
  const [unit] = (await gatherIn(folder, { diff })).units
  git(folder, 'commit', '-q', '-m', 'second')
  const blamed = odd.map((_, index) => git(folder, 'blame', '-s', '-L', `${index + 1},${index + 1}`, 'a.txt'))
  const shown = (unit ? linesOf(unit) : []).filter((line) => line.number !== null)
  expect(shown.map((line) => line.number)).toEqual(odd.map((_, index) => index + 1))
  for (const [index, line] of shown.entries()) expect(blamed[index]).toContain(line.text.replace(/^\ufeff/, ''))
})

test('what has no text to review is skipped with its reason', async () => {
  const long = `var a=1;${'x=y+z;'.repeat(2000)}\n`
  const folder = staged(
    {
      'blank.js': 'function f() {\nreturn g( 1 )\n}\n',
      'note.ts': '// says one thing\nexport const a = 1\n',
      'gen.go': '// Code generated by x. DO NOT EDIT.\npackage w\n',
      '.gitattributes': '*.dat -diff\napi/** linguist-generated\n',
    },
    {
      'blank.js': 'function f() {\n  return g(1)\n}\n',
      'note.ts': '// says another thing\nexport const a = 1\n',
      'a.bin': Buffer.from([1, 0, 2]),
      'a.dat': 'text\n',
      'pointer.psd': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n',
      'package-lock.json': '{}\n',
      'vendor/x.go': 'package x\n',
      'api/client.ts': 'export {}\n',
      'gen.go': '// Code generated by x. DO NOT EDIT.\npackage x\n',
      'bundle.js': long,
      'a.snap': 'x\n',
      'empty.txt': '',
      '.env': 'TOKEN=hunter2\n',
    },
  )
  const gathered = await gatherIn(folder, { diff })
  expect(gathered.units).toEqual([])
  expect(reasons(gathered)).toEqual([
    '.env: its name says that it holds secrets',
    'a.bin: binary',
    'a.dat: binary',
    'a.snap: snapshot',
    'api/client.ts: generated',
    'blank.js: only white space changed',
    'bundle.js: minified',
    'empty.txt: empty',
    'gen.go: generated',
    'note.ts: only comments changed',
    'package-lock.json: lock file',
    'pointer.psd: Git LFS pointer',
    'vendor/x.go: vendored',
  ])
  expect(gathered.diff).not.toContain('hunter2')
})

test('a submodule that moved is named, and what is dirty inside of it is not looked at', async () => {
  const inner = createRepository({ 'inner.txt': 'x\n' })
  const folder = createRepository()
  git(folder, 'submodule', '--quiet', 'add', inner, 'sub')
  git(folder, 'commit', '-q', '-m', 'sub')
  write(folder, { 'sub/inner.txt': 'y\n' })
  git(join(folder, 'sub'), 'commit', '-q', '-a', '-m', 'move')
  write(folder, { 'sub/inner.txt': 'dirty\n' })
  git(folder, 'add', 'sub')
  const gathered = await gatherIn(folder, { diff })
  expect(gathered).toMatchObject({ units: [], skipped: [{ path: 'sub', reason: 'submodule moved to another commit' }] })
})

test('a file too large to be read whole is read around its changes', async () => {
  const lines = Array.from({ length: 250_000 }, (_, index) => `line ${index} with some words\n`)
  const folder = createRepository({ 'big.txt': lines.join('') })
  lines[200_000] = 'changed\n'
  write(folder, { 'big.txt': lines.join(''), 'small.txt': 'x = 1\n' })
  git(folder, 'add', '-A')
  const gathered = await gatherIn(folder, { diff })
  expect(gathered.skipped).toEqual([])
  const unit = gathered.units.find(({ path }) => path === 'big.txt')
  expect(unit).toMatchObject({ startLine: 199_981, endLine: 200_009 })
})

test('a change too large even for that is named as a gap', async () => {
  const folder = staged({ 'b.txt': 'b\n' }, { 'huge.txt': 'some words\n'.repeat(700_000), 'b.txt': 'bb\n' })
  const gathered = await gatherIn(folder, { diff })
  expect(paths(gathered)).toEqual(['b.txt'])
  expect(gathered.skipped).toMatchObject([{ path: 'huge.txt', gap: true }])
})

test('of 3,000 changed files each is looked at or named', async () => {
  const entries = Array.from({ length: 3000 }, (_, index) => [`d${index % 20}/f${index}.txt`, `value = ${index}\n`])
  const folder = staged({}, { ...Object.fromEntries(entries), 'x.lock': 'x\n' })
  const gathered = await gatherIn(folder, { diff })
  const listed = git(folder, 'diff', '--cached', '--name-only').trim().split('\n')
  expect([...paths(gathered), ...gathered.skipped.map(({ path }) => path)].sort()).toEqual(listed.sort())
})

test('definitions are looked up for the first 300 files, and the others show the lines around a change', async () => {
  const code = (value: number) => `const a = 1\n\nfunction f() {\n  g()\n  return ${value}\n}\n`
  const files = (value: number) =>
    Object.fromEntries(Array.from({ length: 302 }, (_, index) => [`f${1000 + index}.js`, code(value)]))
  const gathered = await gatherIn(staged(files(1), files(2)), { diff })
  expect(paths(gathered)).toHaveLength(302)
  expect(gathered.units.filter((unit) => unit.scope === undefined).map((unit) => unit.path)).toEqual([
    'f1300.js',
    'f1301.js',
  ])
})

test('gathering ends when it is told to', async () => {
  const workspace = await openWorkspace({ root: staged({}, { 'a.txt': 'a\n' }), environment })
  const context = { unitChars: 7000, signal: AbortSignal.abort(new Error('enough')) }
  await expect(gather({ files: [], prompt: '', diff }, workspace, context)).rejects.toThrow('enough')
  await expect(gather({ files: ['a.txt'], prompt: '' }, workspace, context)).rejects.toThrow('enough')
})
