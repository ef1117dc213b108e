import { expect, test } from 'vitest'
import { ask, told } from '../tools.ts'
import { createFolder, createRepository, git, write } from '../workspace.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('')

test('a file is read with line numbers', async () => {
  const root = createFolder({ 'src/a.ts': 'one\r\ntwo\n' })
  expect(await told(root, ['read_file', { path: 'src/a.ts' }])).toBe('src/a.ts, lines 1-2 of 2 lines\n1| one\n2| two')
})

test('a part of a file says how to read on, and reading on ends the file', async () => {
  const root = createFolder({ 'a.txt': numbers(5) })
  expect(await told(root, ['read_file', { path: 'a.txt', offset: 2, limit: 2 }])).toBe(
    'a.txt, lines 2-3 of 5 lines\n2| line 2\n3| line 3\n[more from line 4 on: read_file path="a.txt" offset=4 limit=2]',
  )
  expect(await told(root, ['read_file', { path: 'a.txt', offset: 4, limit: 2 }])).toBe(
    'a.txt, lines 4-5 of 5 lines\n4| line 4\n5| line 5',
  )
})

test('an offset of 0 and a limit of nothing read from the start to the end', async () => {
  const root = createFolder({ 'a.txt': numbers(2) })
  expect(await told(root, ['read_file', { path: 'a.txt', offset: 0, limit: -1 }])).toBe(
    'a.txt, lines 1-2 of 2 lines\n1| line 1\n2| line 2',
  )
})

test('following the hints reads every line of a long file once', async () => {
  const root = createFolder({ 'a.txt': numbers(300) })
  const seen: string[] = []
  let call: string | undefined = 'offset=1'
  while (call !== undefined) {
    const offset = Number(/offset=(\d+)/.exec(call)?.[1])
    const result = await told(root, ['read_file', { path: 'a.txt', offset }], { maxChars: 1500 })
    expect(result.length).toBeLessThanOrEqual(1500)
    seen.push(...[...result.matchAll(/^\d+\| (.*)$/gm)].map((match) => match[1] ?? ''))
    call = /\[more from line .*\]/.exec(result)?.[0]
  }
  expect(seen.join('\n')).toBe(numbers(300).trimEnd())
})

test('at most 2,000 lines are read at a time', async () => {
  const root = createFolder({ 'a.txt': numbers(2500) })
  const result = await told(root, ['read_file', { path: 'a.txt' }], { maxChars: 1_000_000 })
  expect(result).toContain('[more from line 2001 on: read_file path="a.txt" offset=2001]')
  expect(result).not.toContain('2001| ')
})

test('a long line is cut, between characters, and says so', async () => {
  const root = createFolder({ 'a.js': `${'😀'.repeat(1000)}\nend\n` })
  const result = await told(root, ['read_file', { path: 'a.js' }])
  expect(result).toContain('… (2003 characters)')
  expect(result).toContain('search_code path="a.js" pattern="…" shows more')
  expect(result).toContain('2| end')
  expect(Buffer.from(result).toString()).toBe(result)
})

test('in a hook the staged text is read, and a file that is not staged does not exist', async () => {
  const root = createRepository({ 'a.txt': 'one\n' })
  write(root, { 'a.txt': 'staged\n' })
  git(root, 'add', 'a.txt')
  write(root, { 'a.txt': 'later\n', 'new.txt': 'x' })
  expect(await told(root, ['read_file', { path: 'a.txt' }], { view: 'index' })).toContain('1| staged')
  expect(await told(root, ['read_file', { path: 'new.txt' }], { view: 'index' })).toMatch(/^Error: .* does not exist/)
})

test('an empty file is said to be empty', async () => {
  expect(await told(createFolder({ 'a.txt': '' }), ['read_file', { path: 'a.txt' }])).toBe('a.txt is empty')
})

test('reading past the end says where the end is', async () => {
  const root = createFolder({ 'a.txt': 'one\n' })
  expect(await told(root, ['read_file', { path: 'a.txt', offset: 9 }])).toBe(
    'Error: a.txt has 1 line: offset=9 is past its end',
  )
})

test('a missing file, a secret, .git, an ignored file and one outside are refused in the same words', async () => {
  const root = createFolder({ '.env': 'KEY=1', '.gitignore': 'log', log: 'x', '.git/config': 'x' })
  for (const path of ['missing', '.env', 'log', '.git/config', '../outside', '/etc/passwd']) {
    expect(await told(root, ['read_file', { path }])).toBe(
      `Error: ${path} does not exist; list_directory shows what does`,
    )
  }
})

test('a folder and a binary file are refused with what they are', async () => {
  const root = createFolder({ 'src/a': 'x', 'b.bin': Buffer.from([1, 0, 2]) })
  expect(await told(root, ['read_file', { path: 'src' }])).toMatch(/^Error: src is a folder; list_directory/)
  expect(await told(root, ['read_file', { path: 'b.bin' }])).toMatch(/^Error: b\.bin is not a text file/)
})

test('a path with the quotes of a model around it is still found', async () => {
  const root = createFolder({ 'a.txt': 'one\n' })
  expect((await ask(root, ['read_file', { path: '"a.txt"', offset: '1' }])).ok).toBe(true)
})
