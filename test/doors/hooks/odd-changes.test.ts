import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hooked, lastReport, placesIn, readsFirst, run, toolResults } from './hook-run.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { git as gitNow } from '../../workspace.ts'

const twice = 'export const twice = (n) => n * 3 // BUG\n'
const lines = (count: number, word = 'v') =>
  Array.from({ length: count }, (_, n) => `export const ${word}${n} = ${n}\n`).join('')

// Scenario 8.
test('a copy is shown as what it adds, and a name in other letters as no change', async () => {
  const { write, git, commit, shown, server } = await hooked({
    files: { 'src/old.js': lines(30), 'src/Name.js': lines(30, 'w') },
  })
  git('mv', 'src/Name.js', 'src/name.js')
  const renamed = await commit(['-m', 'letters'])
  expect(renamed).toMatchObject({ code: 0, stderr: expect.stringContaining('renamed from src/Name.js, nothing else') })
  expect(server.log).toEqual([])
  write('src/copy.js', lines(30) + twice)
  git('add', '-A')
  const done = await commit(['-m', 'copy'])
  expect(done.stderr).toMatch(/1 finding \(.* 1 part reviewed.*\n+src\/copy\.js\n +\w+ 31: /)
  expect(shown()).not.toContain('src/old.js')
})

// Scenario 9.
test('a link that leads out of the repository is followed by nobody', async () => {
  const outside = temporaryFolder({ 'secret.txt': 'the secret outside' }).root
  const folder = await hooked({ ...readsFirst('link.js'), files: { 'link.js': 'one()\n', 'run.sh': 'echo\n' } })
  const { write, git, commit, root, env } = folder
  rmSync(join(root, 'link.js'))
  symlinkSync(join(outside, 'secret.txt'), join(root, 'link.js'))
  write('src/a.js', twice)
  git('add', '-A')
  git('update-index', '--chmod=+x', 'run.sh')
  const done = await commit(['-m', 'link'])
  expect(done.stderr).toMatch(
    /\nNot reviewed: link\.js \(file replaced by a symbolic link\)\nNot reviewed: run\.sh \(made executable, nothing else changed\)\n/,
  )
  expect(new Set(toolResults(folder))).toEqual(new Set(['Error: link.js does not exist']))
  expect(JSON.stringify([folder.server.requests, await lastReport(root, env)])).not.toContain('the secret outside')
})

// Scenario 11.
test('what is no text is left out with its reason, and nothing of it is asked about', async () => {
  const { write, git, commit, shown, root, env } = await hooked({
    files: { 'old.png': '\0png'.repeat(99), '.gitattributes': '*.dat -diff\n' },
  })
  write('a.bin', Buffer.from([1, 0, 2, 255]))
  write('a.dat', 'garbage\n')
  write('pointer.psd', 'version https://git-lfs.github.com/spec/v1\noid sha256:garbage\nsize 2\n')
  write('src/a.js', twice)
  git('mv', 'old.png', 'new.png')
  git('add', '-A')
  const done = await commit(['-m', 'binary'])
  expect(done.stderr).toMatch(
    /1 finding \(.* 1 part reviewed[^]*\nNot reviewed: a\.bin, a\.dat \(binary\)\nNot reviewed: new\.png \(renamed from old\.png, nothing else changed\)\nNot reviewed: pointer\.psd \(Git LFS pointer\)\n$/,
  )
  expect(shown()).not.toMatch(/garbage|png|\ufffd|\0/)
  const { notReviewed } = await lastReport(root, env)
  expect(notReviewed.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
    'a.bin: binary',
    'a.dat: binary',
    'new.png: renamed from old.png, nothing else changed',
    'pointer.psd: Git LFS pointer',
  ])
})

// Scenario 12.
test('no setting and no variable changes a byte of what the model is asked', async () => {
  const before = lines(40)
  const files = {
    'src/a.js': before,
    'src/z.js': before,
    'old name.js': lines(20, 'x'),
    '.gitattributes': '*.js diff=x\n',
  }
  const folder = await hooked({ files })
  const { write, git, root, env, server } = folder
  write('src/a.js', before.replace('v20 = 20', 'v20 = 21 // BUG'))
  write('src/z.js', before.replace('v9 = 9', 'v9 = 10 // BUG'))
  git('mv', 'old name.js', 'new name.js')
  write('new name.js', `${lines(20, 'x')}more() // BUG\n`)
  git('add', '-A')
  const mark = join(temporaryFolder().root, 'ran')
  const tool = join(temporaryFolder({ tool: `#!/bin/sh\n: > '${mark}'\necho REDACTED\n` }).root, 'tool')
  chmodSync(tool, 0o755)
  const review = async (home: string, more: Record<string, string>) => {
    const from = server.requests.length
    const call = { cwd: root, env: { ...env, HOME: home, GIT_INDEX_FILE: '.git/index', ...more } }
    const { stderr } = await run(join(root, '.git/hooks/pre-commit'), [], call)
    return { stderr: stderr.replace(/\d+ s · \d+ tokens/, ''), asked: server.requests.slice(from) }
  }
  const clean = await review(temporaryFolder().root, {})
  expect(clean.asked).toHaveLength(3)
  const settings = [
    ['diff.noprefix', 'true'],
    ['diff.mnemonicPrefix', 'true'],
    ['diff.context', '0'],
    ['diff.interHunkContext', '90'],
    ['diff.renames', 'false'],
    ['diff.orderFile', 'order'],
    ['diff.suppressBlankEmpty', 'true'],
    ['color.ui', 'always'],
    ['core.pager', tool],
    ['core.fsmonitor', tool],
    ['core.quotePath', 'true'],
    ['diff.external', tool],
    ['diff.x.textconv', tool],
    ['diff.x.command', tool],
  ] as const
  for (const [key, value] of settings) git('config', key, value)
  writeFileSync(join(root, 'order'), 'src/z.js\n')
  const variables = { GIT_DIFF_OPTS: '-u0', GIT_EXTERNAL_DIFF: tool, GIT_PAGER: tool, PAGER: tool }
  // A plain git does what they say.
  expect(gitNow(root, 'diff', '--cached', '--ext-diff')).toContain('REDACTED')
  rmSync(mark)
  const hostile = await review(temporaryFolder().root, variables)
  expect(hostile).toEqual(clean)
  expect(await run('ls', [mark], { cwd: root })).toMatchObject({ code: 2 })
})

const names = [
  'with space.js',
  'quo"te.js',
  'back\\slash.js',
  'new\nline.js',
  'tab\there.js',
  '-leading.js',
  ':(top)x.js',
  'emoji-🧠.js',
  `${'n'.repeat(247)}.js`,
]

// Scenario 13.
test('whatever a file is called, it is reviewed under that name, on one line', async () => {
  const { write, git, commit, root, env } = await hooked()
  for (const some of [names.slice(0, 5), names.slice(5)]) {
    for (const [at, name] of some.entries()) write(name, `${lines(at, 'n')}${twice}`)
    writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9]), Buffer.from('.js')]), twice + some[0])
    git('add', '-A')
    const done = await commit(['-m', 'names'])
    expect(done.stderr.match(/^\S.*\.js$/gm)).toHaveLength(some.length)
    expect(done.stderr).toMatch(/^Not reviewed: caf.*\.js \(its name is not UTF-8\)$/m)
    const { findings } = await lastReport(root, env)
    const found = new Map((findings ?? []).map(({ path, startLine }) => [path, startLine]))
    expect(found).toEqual(new Map(some.map((name, at) => [name, at + 1])))
  }
})

// Scenario 14.
test('content that looks like a diff is content, and its lines count as git blame counts them', async () => {
  const patch =
    'diff --git a/q.js b/q.js\n--- a/q.js\n+++ b/q.js\n@@ -1,2 +1,2 @@\n-one()\n+two() // BUG in a patch\n\\ No newline at end of file\n'
  const { write, git, commit } = await hooked({ files: { 'src/a.sql': 'keep\n-- a/x\n++ b/y\nend\n' } })
  write('src/a.sql', 'keep\n-- b\n++ b/x\ndiff --git a/q b/q\n@@ -1,2 +3,4 @@\n++ BUG\nend\n')
  write('fixtures/change.patch', patch)
  git('add', '-A')
  const done = await commit(['-m', 'patches'])
  const places = placesIn(done.stderr, 'wrong-result')
  expect(places).toHaveLength(2)
  for (const [path, line] of places) {
    expect(git('blame', '-s', '-L', `${line},${line}`, path)).toContain('BUG')
  }
})

// Scenario 18.
test('prose is asked about in other words than code', async () => {
  const { write, git, commit, shown } = await hooked()
  write('docs/guide.md', '# Guide\n\nPress the button.\n')
  git('add', '-A')
  const done = await commit(['-m', 'docs'])
  expect(done.stderr).toMatch(/^local-brain: No findings .* 1 part reviewed.*\n$/)
  expect(shown()).toContain('This is no program but a text.')
  write('src/a.js', twice)
  git('add', '-A')
  await commit(['-m', 'code'])
  expect(shown().match(/This is no program/g)).toHaveLength(1)
})
