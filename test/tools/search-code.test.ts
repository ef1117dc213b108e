import { describe, expect, test } from 'vitest'
import { told } from '../tools.ts'
import { createFolder, createRepository, git, write } from '../workspace.ts'

const reader = `import x from 'x'

export class Reader {
  run(text) {
    const a = 1
    return parse(text)
  }
  stop() {
    parse('')
  }
}
parse('top')
`

test('matches stand in their definitions, with their lines around them', async () => {
  const root = createFolder({ 'src/reader.js': reader, 'src/b.js': 'nothing\n' })
  expect(await told(root, ['search_code', { pattern: 'parse\\(' }])).toBe(`3 matches in 1 file of the workspace
src/reader.js
in method Reader.run, lines 4-7
5-     const a = 1
6:     return parse(text)
7-   }
in method Reader.stop, lines 8-10
8-   stop() {
9:     parse('')
10-   }
in class Reader, lines 3-11
11- }
12: parse('top')`)
})

test('a file, a folder and a glob narrow the search', async () => {
  const root = createFolder({ 'a/x.ts': 'word', 'a/y.js': 'word', 'b/x.ts': 'word' })
  expect(await told(root, ['search_code', { pattern: 'word', path: 'a/x.ts' }])).toContain(
    '1 match in 1 file of a/x.ts',
  )
  expect(await told(root, ['search_code', { pattern: 'word', path: 'a' }])).toContain('2 matches in 2 files of a\n')
  expect(await told(root, ['search_code', { pattern: 'word', glob: '*.ts' }])).toContain('2 matches in 2 files of')
})

test('case counts unless it is told not to', async () => {
  const root = createFolder({ 'a.txt': 'Word\n' })
  expect(await told(root, ['search_code', { pattern: 'word' }])).toMatch(/^No matches/)
  expect(await told(root, ['search_code', { pattern: 'word', ignore_case: true }])).toMatch(/^1 match/)
  expect(await told(root, ['search_code', { pattern: '(?i)word' }])).toMatch(/^1 match/)
})

test('no match is said in words, with how much was searched', async () => {
  const root = createFolder({ 'a.txt': 'x', 'b.bin': Buffer.from([0]) })
  expect(await told(root, ['search_code', { pattern: 'gone(', glob: '*.txt' }])).toBe(
    'No matches for "gone(" in the workspace (*.txt), 1 file\n[the pattern is not a valid regular expression (there is no lookaround and no backreference): it was searched for as plain text]',
  )
})

describe('plain text is found although it means something else as a regular expression', () => {
  test.each([
    ['list[0].size(a)', 'x = list[0].size(a)'],
    ['foo(', 'foo(1)'],
    ['*ptr', 'int *ptr'],
    ['a || b', 'if (a || b)'],
    ['$state.x', 'let $state.x'],
  ])('%s', async (pattern, text) => {
    const root = createFolder({ 'a.txt': `${text}\n` })
    expect(await told(root, ['search_code', { pattern }])).toContain(`1: ${text}`)
  })
})

test.each(['(a+)+$', '(x|x)*y'])('a pattern that others would try for ever is answered: %s', async (pattern) => {
  const root = createFolder({ 'a.txt': `${'a'.repeat(5000)}!\n${'x'.repeat(50)}\n` })
  expect(await told(root, ['search_code', { pattern }])).toContain('No matches for')
})

test('secrets, ignored and binary files are not searched', async () => {
  const root = createRepository({
    '.env': 'word',
    '.gitignore': 'log\n',
    'b.bin': Buffer.from('\0word'),
    'a.txt': 'word',
  })
  write(root, { log: 'word' })
  expect(await told(root, ['search_code', { pattern: 'word' }])).toBe(
    '1 match in 1 file of the workspace\na.txt\n1: word',
  )
  expect(await told(root, ['search_code', { pattern: 'word', path: '.env' }])).toBe(
    'Error: .env does not exist; list_directory shows what does',
  )
})

test('a match far into a long line is shown', async () => {
  const root = createFolder({ 'a.min.js': `${'a,'.repeat(3000)}needle${',b'.repeat(3000)}` })
  const result = await told(root, ['search_code', { pattern: 'needle' }])
  expect(result).toContain('needle')
  expect(result.length).toBeLessThan(1000)
})

test('many matches: each file shows some, and the result says how to see the others', async () => {
  const root = createFolder({ 'a.txt': 'word\n'.repeat(50), 'b.txt': 'word\n' })
  const result = await told(root, ['search_code', { pattern: 'word' }])
  expect(result).toContain('51 matches in 2 files')
  expect(result).toContain('[30 more in a.txt: search_code pattern="word" path="a.txt"]')
  expect(result).toContain('b.txt\n1: word')
  const all = await told(root, ['search_code', { pattern: 'word', path: 'a.txt' }])
  expect(all.match(/^\d+: word$/gm)).toHaveLength(50)
})

test('what does not fit is named, with the call that shows it', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`f${index + 10}.txt`, `word ${'.'.repeat(60)}\n`.repeat(3)]),
  )
  const root = createFolder(files)
  const result = await told(root, ['search_code', { pattern: 'word' }], { maxChars: 2000 })
  expect(result.length).toBeLessThanOrEqual(2000)
  expect(result).toContain('90 matches in 30 files')
  const next = /search_code pattern="word" path="(f\d+\.txt)"\]$/.exec(result)?.[1]
  expect(await told(root, ['search_code', { pattern: 'word', path: next }])).toContain(`${next}\n1: word`)
})

test('in a hook the staged text is searched', async () => {
  const root = createRepository({ 'a.txt': 'committed\n' })
  write(root, { 'a.txt': 'staged\n' })
  git(root, 'add', 'a.txt')
  write(root, { 'a.txt': 'later\n', 'new.txt': 'later\n' })
  const options = { view: 'index' } as const
  expect(await told(root, ['search_code', { pattern: 'staged' }], options)).toContain('a.txt\n1: staged')
  expect(await told(root, ['search_code', { pattern: 'later' }], options)).toMatch(/^No matches/)
})

// Guard: tools/search-code.ts, cutFilesNote.
test('a file that is too large to be searched whole is named', async () => {
  const root = createFolder({ 'big.txt': `needle\n${'hay\n'.repeat(300_000)}needle\n`, 'small.txt': 'needle\n' })
  const result = await told(root, ['search_code', { pattern: 'needle' }])
  expect(result).toContain('2 matches in 2 files')
  expect(result).toMatch(/\[only the first MB was searched of 1 file: big\.txt; read_file reads further\]$/)
})

test('where bytes are not text, the lines that are shown say so', async () => {
  const root = createFolder({
    'a.py': Buffer.from('a = "caf\u00e9"\nb = 1\n\n\nc = 1\n', 'latin1'),
    'b.py': 'a = "caf\u00e9"\n',
    'c.ps1': Buffer.from('\ufeff$a = "caf\u00e9"\n', 'utf16le'),
  })
  const note = '[some bytes are not valid text and are shown as \ufffd]'
  expect(await told(root, ['search_code', { pattern: 'caf', path: 'a.py' }])).toContain(note)
  for (const args of [
    { pattern: '^c', path: 'a.py' },
    { pattern: 'caf', path: 'b.py' },
    { pattern: 'caf', path: 'c.ps1' },
  ])
    expect(await told(root, ['search_code', args])).not.toContain(note)
  expect(await told(root, ['search_code', { pattern: 'caf', path: 'c.ps1' }])).toContain('caf\u00e9')
})
