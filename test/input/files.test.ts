import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linesOf } from '../../src/input/unit.ts'
import { createFolder, createRepository, git, write } from '../workspace.ts'
import { gatherIn, paths, reasons, staged } from './gathering.ts'

test('a file is one unit with its text as written', async () => {
  const gathered = await gatherIn(createFolder({ 'src/a.ts': 'one\r\ntwo' }), { files: ['src/a.ts'] })
  expect(gathered.scope).toEqual({ kind: 'files', base: null })
  expect(gathered.units).toEqual([
    {
      path: 'src/a.ts',
      language: 'typescript',
      kind: 'file',
      side: 'new',
      startLine: 1,
      endLine: 2,
      text: 'one\r\ntwo',
    },
  ])
})

test('files, folders and globs come together, each file once, sorted', async () => {
  const folder = createFolder({ 'b.ts': 'b\n', 'src/a.ts': 'a\n', 'src/deep/c.ts': 'c\n', 'src/deep/d.md': 'd\n' })
  const files = ['src/deep', 'b.ts', './b.ts', 'src/**/*.ts', 'src/a.ts', join(folder, 'b.ts')]
  expect(paths(await gatherIn(folder, { files }))).toEqual(['b.ts', 'src/a.ts', 'src/deep/c.ts', 'src/deep/d.md'])
})

test('a folder with a pattern is searched at any depth', async () => {
  const folder = createFolder({ 'x.ts': 'x\n', 'src/a.ts': 'a\n', 'src/deep/c.ts': 'c\n', 'src/deep/d.md': 'd\n' })
  expect(paths(await gatherIn(folder, { dir: 'src', pattern: '*.ts' }))).toEqual(['src/a.ts', 'src/deep/c.ts'])
})

test('names start from the folder that a person is in', async () => {
  const folder = createFolder({ 'src/[id]/a.ts': 'a\n', 'src/[id]/b.ts': 'b\n', 'top.ts': 't\n' })
  const cwd = join(folder, 'src/[id]')
  expect(paths(await gatherIn(folder, { files: ['a.ts', '../../top.ts'] }, { cwd }))).toEqual([
    'src/[id]/a.ts',
    'top.ts',
  ])
  expect(paths(await gatherIn(folder, { files: ['*.ts'] }, { cwd }))).toEqual(['src/[id]/a.ts', 'src/[id]/b.ts'])
})

test('a name with the characters of a glob is a file when there is one', async () => {
  const folder = createFolder({ '[id].tsx': 'a\n', 'i.tsx': 'b\n' })
  expect(paths(await gatherIn(folder, { files: ['[id].tsx'] }))).toEqual(['[id].tsx'])
})

test('ignored files and secrets are no part of a folder', async () => {
  const folder = createRepository({ '.gitignore': 'out/\n', 'a.ts': 'a\n', 'out/b.ts': 'b\n', '.env': 'TOKEN=1\n' })
  expect(paths(await gatherIn(folder, { files: ['.'] }))).toEqual(['.gitignore', 'a.ts'])
})

test('a file that git ignores is looked at when a person names it', async () => {
  const folder = createRepository({ '.gitignore': '*.log\n', 'a.ts': 'a\n' })
  write(folder, { 'build.log': 'error: x\n' })
  expect(paths(await gatherIn(folder, { files: ['build.log'] }))).toEqual(['build.log'])
  expect(paths(await gatherIn(folder, { files: ['.'] }))).not.toContain('build.log')
})

test('a folder that git ignores is refused, and the hint says why', async () => {
  const folder = createRepository({ '.gitignore': 'out/\n' })
  write(folder, { 'out/a.ts': 'a\n' })
  const error = gatherIn(folder, { files: ['out'] })
  await expect(error).rejects.toMatchObject({ code: 'missing-file', hint: expect.stringContaining('git ignores it') })
  expect(paths(await gatherIn(folder, { files: ['out/a.ts'] }))).toEqual(['out/a.ts'])
})

const machineMade = {
  'a.min.js': `!${'function(a,b){return a+b};'.repeat(9)}\n`,
  'gen.ts': '// @generated\nexport {}\n',
  'vendor/v.go': 'package v\n',
  'yarn.lock': '# yarn lockfile v1\n',
}

test('what a walk finds is left out by rule, with the reason', async () => {
  const folder = createRepository({
    ...machineMade,
    'a.ts': 'a\n',
    'api.ts': 'api\n',
    'blob.png': Buffer.from([0x89, 0, 1]),
    'empty.ts': '',
    'big.json': '[1, 2, 3],\n'.repeat(110_000),
    '.gitattributes': 'api.ts linguist-generated=true\n',
  })
  const gathered = await gatherIn(folder, { files: ['.'] })
  expect(paths(gathered)).toEqual(['.gitattributes', 'a.ts'])
  expect(reasons(gathered)).toEqual([
    'a.min.js: minified',
    'api.ts: generated',
    'big.json: larger than 1 MB',
    'blob.png: binary',
    'empty.ts: empty',
    'gen.ts: generated',
    'vendor/v.go: vendored',
    'yarn.lock: lock file',
  ])
})

test('below the top of a repository its attributes count as well', async () => {
  const folder = createRepository({
    'app/a.ts': 'a\n',
    'app/b.ts': 'b\n',
    '.gitattributes': 'app/b.ts linguist-vendored\n',
  })
  const gathered = await gatherIn(folder, { files: ['app'] }, { root: join(folder, 'app') })
  expect(paths(gathered)).toEqual(['a.ts'])
  expect(reasons(gathered)).toEqual(['b.ts: vendored'])
})

test('what a person named is looked at whatever made it', async () => {
  const folder = createFolder(machineMade)
  const files = Object.keys(machineMade)
  expect(await gatherIn(folder, { files })).toMatchObject({ units: files.map((path) => ({ path })), skipped: [] })
})

test('a named file that is not text is an error', async () => {
  const folder = createFolder({ 'a.png': Buffer.from([0x89, 0, 1]) })
  const error = gatherIn(folder, { files: ['a.png'] })
  await expect(error).rejects.toMatchObject({ code: 'unreadable-file', message: '"a.png" is not a text file' })
})

test('a misspelt name is answered with the close one', async () => {
  const folder = createFolder({ 'src/parser.ts': 'a\n', 'src/other.ts': 'b\n' })
  await expect(gatherIn(folder, { files: ['src/parsr.ts'] })).rejects.toMatchObject({
    code: 'missing-file',
    message: 'File "src/parsr.ts" does not exist',
    hint: 'did you mean src/parser.ts?',
  })
})

test('a name in the wrong folder is answered with the right one', async () => {
  const folder = createFolder({ 'src/deep/parser.ts': 'a\n' })
  const error = gatherIn(folder, { files: ['parser.ts'] })
  await expect(error).rejects.toMatchObject({ hint: 'did you mean src/deep/parser.ts?' })
})

test('a name outside of the root is answered with the root', async () => {
  const error = gatherIn(createFolder(), { files: ['../x.ts'] })
  await expect(error).rejects.toMatchObject({ code: 'missing-file', hint: expect.stringContaining('--root') })
})

test('a secret is refused by name, and not said to be missing', async () => {
  const error = gatherIn(createFolder({ '.env': 'TOKEN=1\n' }), { files: ['.env'] })
  await expect(error).rejects.toMatchObject({ code: 'missing-file', message: '".env" is not open to a model' })
})

test('a link that leads outside is refused', async () => {
  const folder = createFolder()
  symlinkSync('/etc/passwd', join(folder, 'link.txt'))
  await expect(gatherIn(folder, { files: ['link.txt'] })).rejects.toMatchObject({ code: 'missing-file' })
})

test.each([
  [{ files: ['*.py'] }, 'No file matches "*.py"'],
  [{ dir: 'src', pattern: '*.py' }, 'No file matches "src/*.py"'],
  [{ files: ['hollow'] }, 'Folder "hollow" has no file to look at'],
  [{ dir: 'nowhere', pattern: '*.ts' }, 'File "nowhere" does not exist'],
  [{ files: ['a\0b'] }, 'File "a\0b" does not exist'],
])('what matches nothing is an error: %j', async (work, message) => {
  const folder = createFolder({ 'src/a.ts': 'a\n', 'hollow/.env': 'x\n' })
  await expect(gatherIn(folder, work)).rejects.toMatchObject({ code: 'missing-file', message })
})

test('UTF-16, a BOM and Windows line ends are read as text', async () => {
  const folder = createFolder({
    'bom.ts': '\ufeffone\r\ntwo\r\n',
    'wide.txt': Buffer.from('\ufeffone\ntwo\n', 'utf16le'),
  })
  const gathered = await gatherIn(folder, { files: ['.'] })
  expect(gathered.units.map((unit) => linesOf(unit).map((line) => line.text))).toEqual([
    ['one', 'two'],
    ['one', 'two'],
  ])
})

test('bytes that are no UTF-8 are told as a warning', async () => {
  const folder = createFolder({ 'latin.txt': Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]) })
  expect((await gatherIn(folder, { files: ['latin.txt'] })).warnings).toEqual([
    '"latin.txt" is not valid UTF-8: broken bytes are shown as U+FFFD',
  ])
})

const odd = 'crlf\r\nlone\rreturn\nseparator\u2028here\nform\ffeed\n\nnel\u0085\nlast'

test('lines are numbered as git blame numbers them', async () => {
  const folder = createRepository({ 'a.txt': odd })
  const [unit] = (await gatherIn(folder, { files: ['a.txt'] })).units
  for (const line of unit ? linesOf(unit) : [])
    expect(git(folder, 'blame', '-s', '-L', `${line.number},${line.number}`, 'a.txt')).toContain(line.text)
  expect(() => git(folder, 'blame', '-L', `${(unit?.endLine ?? 0) + 1}`, 'a.txt')).toThrow(/has only/)
})

test('of a named file above the limit the rest is named as a gap, exactly', async () => {
  const folder = createFolder({ 'big.txt': 'twenty characters..\n'.repeat(250_000) })
  const gathered = await gatherIn(folder, { files: ['big.txt'] })
  const endLine = gathered.units[0]?.endLine ?? 0
  // Twenty characters and what each line takes besides.
  expect(endLine).toBe(Math.floor(6_000_000 / (20 + 24)))
  expect(gathered.skipped).toMatchObject([
    {
      path: 'big.txt',
      reason: expect.stringMatching(/^only the first .* are read$/),
      startLine: endLine + 1,
      gap: true,
    },
  ])
})

test('in a hook, files are read from the index', async () => {
  const folder = staged({ 'a.txt': 'old\n' }, { 'a.txt': 'staged\n' })
  write(folder, { 'a.txt': 'on disk\n' })
  expect((await gatherIn(folder, { files: ['a.txt'] }, { view: 'index' })).units[0]?.text).toBe('staged\n')
})

test('a large folder is looked at up to a limit, and each file is looked at or named', async () => {
  const folder = createFolder()
  const all = Array.from({ length: 30 }, (_, index) => `f${String(index).padStart(2, '0')}.txt`)
  for (const name of all) writeFileSync(join(folder, name), 'some words to read\n'.repeat(50_000))
  const gathered = await gatherIn(folder, { files: ['.'] })
  expect([...paths(gathered), ...gathered.skipped.map(({ path }) => path)].sort()).toEqual(all)
  expect(gathered.skipped.length).toBeGreaterThan(0)
  expect(gathered.skipped.every(({ gap }) => gap)).toBe(true)
})
