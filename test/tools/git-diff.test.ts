import { expect, test } from 'vitest'
import { told } from '../tools.ts'
import { createFolder, createConflict, createRepository, git, write } from '../workspace.ts'

test('changes are shown with the line numbers of the new file', async () => {
  const root = createRepository({ 'src/a.ts': 'one\ntwo\nthree\nfour\n' })
  write(root, { 'src/a.ts': 'one\n2\nnew\nthree\nfour\n' })
  expect(await told(root, ['git_diff'])).toBe(`1 file, unstaged changes
modified src/a.ts +2 -1
@@ -1,4 +1,5 @@
1  one
  -two
2 +2
3 +new
4  three
5  four`)
})

test('in every hunk the numbers are those of the new file', async () => {
  const before = Array.from({ length: 90 }, (_, index) => `old ${index + 1}`)
  const root = createRepository({ 'a.txt': `${before.join('\n')}\n` })
  const after = before.with(2, 'changed').with(29, '-- changed')
  after.splice(39, 5)
  after.splice(70, 0, '++ new', '', '@@ -1 +1 @@')
  write(root, { 'a.txt': after.join('\n') })
  const result = await told(root, ['git_diff', { path: 'a.txt' }])
  const numbered = [...result.matchAll(/^(\d+) [ +](.*)$/gm)]
  expect(numbered.length).toBeGreaterThan(25)
  expect(numbered.map(([, number, text]) => [number, text])).toEqual(
    numbered.map(([, number]) => [number, after[Number(number) - 1]]),
  )
})

test('staged changes come first, and the result says which they are', async () => {
  const root = createRepository({ 'a.txt': 'one\n', 'b.txt': 'one\n' })
  write(root, { 'a.txt': 'staged\n', 'b.txt': 'unstaged\n' })
  git(root, 'add', 'a.txt')
  expect(await told(root, ['git_diff'])).toMatch(/^1 file, staged changes\nmodified a\.txt/)
  expect(await told(root, ['git_diff', { staged: false }])).toMatch(/^1 file, unstaged changes\nmodified b\.txt/)
  expect(await told(root, ['git_diff', { staged: true, path: 'b.txt' }])).toBe('No staged changes in b.txt')
})

test('no change at all is said in words', async () => {
  expect(await told(createRepository(), ['git_diff'])).toBe('No unstaged changes')
})

test('since a base, commits count and uncommitted changes do not', async () => {
  const root = createRepository({ 'a.txt': 'one\n' })
  git(root, 'checkout', '-q', '-b', 'feature')
  write(root, { 'b.txt': 'new\n' })
  git(root, 'add', '-A')
  git(root, 'commit', '-q', '-m', 'second')
  write(root, { 'a.txt': 'uncommitted\n' })
  expect(await told(root, ['git_diff', { base: 'main' }])).toBe(
    '1 file, changes since main\nadded b.txt +1 -0\n@@ -0,0 +1 @@\n1 +new',
  )
})

test('in a hook only what is staged is seen', async () => {
  const root = createRepository({ 'a.txt': 'one\n' })
  write(root, { 'a.txt': 'staged\n' })
  git(root, 'add', 'a.txt')
  write(root, { 'a.txt': 'later\n' })
  for (const args of [{}, { staged: false }]) {
    const result = await told(root, ['git_diff', args], { view: 'index' })
    expect(result).toContain('1 +staged')
    expect(result).not.toContain('later')
  }
})

test('a rename shows both names and only what changed', async () => {
  const root = createRepository({ 'old name.txt': 'a\nb\nc\nd\ne\nf\ng\n' })
  git(root, 'mv', 'old name.txt', 'new "name".txt')
  write(root, { 'new "name".txt': 'a\nb\nc\nd\ne\nf\nG\n' })
  git(root, 'add', '-A')
  const result = await told(root, ['git_diff'])
  expect(result).toContain('renamed old name.txt -> new "name".txt +1 -1')
  expect(result).toContain('7 +G')
})

test('a deleted file can be asked for, a binary one is named', async () => {
  const root = createRepository({ 'gone.txt': 'one\n', 'b.bin': Buffer.from('\0') })
  git(root, 'rm', '-q', 'gone.txt')
  write(root, { 'b.bin': Buffer.from('\0\0') })
  git(root, 'add', '-A')
  expect(await told(root, ['git_diff', { path: 'gone.txt' }])).toContain(
    'deleted gone.txt +0 -1\n@@ -1 +0,0 @@\n  -one',
  )
  expect(await told(root, ['git_diff', { path: 'b.bin' }])).toBe('1 file, staged changes\nmodified b.bin binary')
})

test('a line of content that looks like a header is content', async () => {
  const root = createRepository({ 'a.txt': 'x\n' })
  write(root, { 'a.txt': 'diff --git a/b.txt b/b.txt\n@@ -1 +9 @@\n++ b/c\n', 'b.txt': 'y\n' })
  git(root, 'add', '-A')
  const result = await told(root, ['git_diff', { path: 'a.txt' }])
  expect(result).toContain('1 +diff --git a/b.txt b/b.txt\n2 +@@ -1 +9 @@\n3 +++ b/c')
})

test('a return in front of what looks like a header hides nothing of a change', async () => {
  const root = createRepository({ 'a.txt': 'x\n' })
  write(root, { 'a.txt': 'one\rdiff --git a/a.txt b/a.txt\nlast\n' })
  expect(await told(root, ['git_diff'])).toContain('2 +last')
})

test('a name that looks like magic to git is a name', async () => {
  const root = createRepository()
  write(root, { ':(top)b.txt': 'new\n' })
  git(root, 'add', '-A')
  expect(await told(root, ['git_diff'])).toContain('added :(top)b.txt +1 -0')
})

test('in a conflict what else was changed is shown', async () => {
  const root = createConflict()
  const result = await told(root, ['git_diff', { staged: false }])
  expect(result).toMatch(/^in conflict a\.txt.*\nmodified b\.txt \+1 -1$/m)
  expect(result).toContain('1 +bb')
})

test('secrets, ignored files and names that reorder text are in no diff', async () => {
  const root = createRepository({
    '.env': 'KEY=old\n',
    'a.txt': 'one\n',
    'local.cfg': 'pw=old\n',
    'c.txt': 'KEY=old\n',
  })
  write(root, {
    '.gitignore': 'local.cfg\n',
    '.env': 'KEY=new\n',
    'deep/id_rsa': 'KEY=new\n',
    'x\u202ey.txt': 'KEY=odd\n',
  })
  git(root, 'rm', '-q', '--cached', 'local.cfg')
  git(root, 'mv', 'c.txt', 'c.pem')
  git(root, 'add', '-A')
  const result = await told(root, ['git_diff'])
  expect(result).not.toMatch(/KEY=new|KEY=odd|pw=|\.env|id_rsa|c\.pem/)
  expect(result).toContain('deleted c.txt')
  expect(result).toContain('added .gitignore')
  for (const path of ['.env', 'local.cfg', 'c.pem', 'missing.txt', '../outside', '.git/config']) {
    expect(await told(root, ['git_diff', { path }])).toBe(
      `Error: ${path} does not exist; list_directory shows what does`,
    )
  }
})

test('a file that gave way to a folder with a secret does not show the secret', async () => {
  const root = createRepository({ config: 'plain\n', 'a.txt': 'one\n' })
  git(root, 'rm', '-q', 'config')
  write(root, { 'config/.env': 'KEY=1\n', 'a.txt': 'two\n' })
  git(root, 'add', '-A')
  const result = await told(root, ['git_diff'])
  expect(result).toContain('a.txt')
  expect(result).not.toContain('KEY=1')
})

test('below a root in a repository only that part is seen, with its own paths', async () => {
  const top = createRepository({ 'app/a.txt': 'one\n', 'other/b.txt': 'one\n' })
  write(top, { 'app/a.txt': 'two\n', 'other/b.txt': 'two\n' })
  expect(await told(`${top}/app`, ['git_diff'])).toMatch(/^1 file, unstaged changes\nmodified a\.txt/)
  expect(await told(`${top}/app`, ['git_diff', { path: 'a.txt' }])).toContain('1 +two')
  expect(await told(`${top}/app`, ['git_diff', { path: '../other/b.txt' }])).toMatch(/^Error: .* does not exist/)
})

test('what does not fit is named with the call that shows it', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`f${index + 10}.txt`, `word ${index}\n`.repeat(20)]),
  )
  const root = createRepository()
  write(root, files)
  git(root, 'add', '-A')
  const result = await told(root, ['git_diff'], { maxChars: 3000 })
  expect(result.length).toBeLessThanOrEqual(3000)
  expect(result).toContain('12 files, staged changes')
  const next = /To see one: git_diff path="(f\d+\.txt)"\]$/.exec(result)?.[1]
  expect(result).toContain(`added ${next} +20 -0`)
  expect(await told(root, ['git_diff', { path: next }], { maxChars: 3000 })).toContain('20 +word')
})

test('more text than git is asked for leaves files out by name, not by half', async () => {
  const root = createRepository()
  const line = 'x'.repeat(2_500_000)
  write(root, { 'x.txt': `${line}\n`, 'y.txt': `${line}\n`, 'z.txt': 'short\n' })
  git(root, 'add', '-A')
  const result = await told(root, ['git_diff'])
  expect(result).toContain('added x.txt +1 -0\n@@ -0,0 +1 @@\n1 +xxx')
  expect(result).toContain('[not shown: added y.txt +1 -0; added z.txt +1 -0. To see one: git_diff path="y.txt"]')
})

test('one change too big to show leads to the place where it was cut', async () => {
  const root = createRepository()
  write(root, { 'big.txt': Array.from({ length: 500 }, (_, index) => `line ${index + 1}\n`).join('') })
  git(root, 'add', '-A')
  const result = await told(root, ['git_diff'], { maxChars: 3000 })
  const [, last, next] = /(\d+) \+line \d+\n\[cut; .* read_file path="big.txt" offset=(\d+)\]$/.exec(result) ?? []
  expect(Number(next)).toBe(Number(last) + 1)
})

test.each(['--output=/tmp/stolen', '-O', 'HEAD..HEAD', 'no-such-branch', ''])(
  'base %j is no option and no range',
  async (base) => {
    const result = await told(createRepository(), ['git_diff', { base }])
    expect(result).toMatch(
      base === '' ? /^No unstaged changes/ : /^Error: .* names no commit of this repository; git_log/,
    )
  },
)

test('outside a repository there is no diff', async () => {
  expect(await told(createFolder({ 'a.txt': 'x' }), ['git_diff'])).toBe(
    'Error: This folder is not in a git repository, so there is no history',
  )
})

test('before the first commit everything staged is new', async () => {
  const root = createFolder({ 'a.txt': 'one\n' })
  git(root, 'init', '-q')
  git(root, 'add', '-A')
  expect(await told(root, ['git_diff'])).toContain('added a.txt +1 -0')
})

const wide = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')

test.each<[string, Buffer, Buffer]>([
  ['UTF-16, little end first', wide('one\ntwo\n'), wide('one\nrun ü\ntwo\n')],
  ['UTF-16, big end first', wide('one\ntwo\n').swap16(), wide('one\nrun ü\ntwo\n').swap16()],
  ['UTF-16 without its mark', Buffer.from('one\ntwo\n', 'utf16le'), Buffer.from('one\nrun ü\ntwo\n', 'utf16le')],
  ['UTF-8 that becomes UTF-16', Buffer.from('one\ntwo\n'), wide('one\nrun ü\ntwo\n')],
  ['a NUL in a comment', Buffer.from('one\ntwo\n'), Buffer.from('one\nrun ü\ntwo\n# \0\n')],
])('what git takes for binary and is none is shown by its lines: %s', async (_, before, after) => {
  const root = createRepository({ 'a.ps1': before })
  write(root, { 'a.ps1': after })
  for (const args of [{}, { path: 'a.ps1' }]) {
    const result = await told(root, ['git_diff', args])
    expect(result).toMatch(/^1 file, unstaged changes\nmodified a\.ps1 \+[12] -0\n@@ -1,2 \+1,[34] @@\n/)
    expect(result).toContain('\n1  one\n2 +run ü\n3  two')
  }
  git(root, 'add', '-A')
  expect(await told(root, ['git_diff'], { view: 'index' })).toContain('\n2 +run ü\n')
  expect(await told(root, ['git_changed_files'])).toMatch(/modified a\.ps1 \+[12] -0$/)
  git(root, 'commit', '-q', '-m', 'second')
  expect(await told(root, ['git_show', { revision: 'HEAD' }])).toContain('\n2 +run ü\n')
})

test('UTF-16 below a root in a repository, new, renamed and gone', async () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`).join('')
  const top = createRepository({ 'app/a.ps1': wide(lines), 'app/gone.ps1': wide('last\n') })
  git(top, 'mv', 'app/a.ps1', 'app/b.ps1')
  git(top, 'rm', '-q', 'app/gone.ps1')
  write(top, { 'app/b.ps1': wide(lines.replace('line 3\n', 'line 3.5\n')), 'app/new.ps1': wide('first\n') })
  git(top, 'add', '-A')
  const result = await told(`${top}/app`, ['git_diff'])
  expect(result).toContain('renamed a.ps1 -> b.ps1 +1 -1\n')
  expect(result).toContain('\n  -line 3\n4 +line 3.5\n')
  expect(result).toContain('deleted gone.ps1 +0 -1\n@@ -1,1 +0,0 @@\n  -last')
  expect(result).toContain('added new.ps1 +1 -0\n@@ -0,0 +1,1 @@\n1 +first')
})

test('UTF-16 that comes out of a secret shows nothing of the secret', async () => {
  const lines = Array.from({ length: 20 }, (_, index) => `word ${index}\n`).join('')
  const root = createRepository({ 'key.pem': wide(`${lines}KEY=old\n`) })
  git(root, 'mv', 'key.pem', 'a.ps1')
  write(root, { 'a.ps1': wide(`${lines}run\n`) })
  git(root, 'add', '-A')
  const result = await told(root, ['git_diff'])
  expect(result).toContain('added a.ps1 +21 -0')
  expect(result).toContain('\n21 +run')
  expect(result).not.toMatch(/KEY|\.pem/)
})

test('bytes that are not text are shown as U+FFFD, and that is said', async () => {
  const note = '[some bytes are not valid text and are shown as \ufffd]'
  const latin = (text: string) => Buffer.from(text, 'latin1')
  const root = createRepository({ 'a.py': latin('a = 1\n'), 'b.py': 'b = 1\n', 'c.ps1': wide('c\n') })
  write(root, {
    'a.py': latin('a = "café"\n'),
    'b.py': 'b = "café"\n',
    'c.ps1': Buffer.concat([wide('c\n'), Buffer.from([0, 0xd8, 0x61, 0])]),
  })
  const result = await told(root, ['git_diff'])
  expect(result).toContain(`modified a.py +1 -1\n${note}\n@@ -1 +1 @@\n  -a = 1\n1 +a = "caf\ufffd"`)
  expect(result).toContain('modified b.py +1 -1\n@@')
  expect(result).toContain(`modified c.ps1 +1 -0\n${note}\n`)
  git(root, 'commit', '-qam', 'second')
  expect(await told(root, ['git_show', { revision: 'HEAD', path: 'a.py' }])).toContain(note)
  expect(await told(root, ['git_show', { revision: 'HEAD', path: 'b.py' }])).not.toContain(note)
})

test.each<[string, string, Buffer]>([
  ['a picture', 'a.png', Buffer.from('\ufeffno picture\n', 'utf16le')],
  ['data', 'a.dat', Buffer.from([0, 1, 2, 3, 0, 5])],
  ['data under the name of a text', 'a.ps1', Buffer.from([0, 1, 2, 3, 0, 5])],
])('what is no text stays binary: %s', async (_, name, content) => {
  const root = createRepository()
  write(root, { [name]: content })
  git(root, 'add', '-A')
  expect(await told(root, ['git_diff'])).toBe(`1 file, staged changes\nadded ${name} binary`)
})

test('text of UTF-16 that is too large to be read is said to be so', async () => {
  const root = createRepository()
  write(root, { 'a.ps1': wide('some words\n'.repeat(200_000)) })
  git(root, 'add', '-A')
  expect(await told(root, ['git_diff'])).toBe('1 file, staged changes\nadded a.ps1 binary, too large to be shown')
})
