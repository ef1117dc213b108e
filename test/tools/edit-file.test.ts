import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hands } from '../hands.ts'
import { createFolder, write } from '../workspace.ts'

const source = `export function total(items) {
  let sum = 0
  for (const item of items) sum += item.price
  return sum
}
`
const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at + 1}\n`).join('')
const contentOf = (root: string, path = 'src/a.ts') => readFileSync(join(root, path), 'utf8')

function project(text = source, path = 'src/a.ts') {
  return createFolder({ [path]: text })
}

test('the model is told what is on disk now, three lines around the change', async () => {
  const root = project(lines(20), 'a.txt')
  const { told, questions } = await hands(root)
  const result = await told('edit_file', { path: 'a.txt', old: 'line 10\nline 11', new: 'ten\neleven\ntwelve' })
  expect(result).toBe(
    `a.txt: lines 10-12 changed\n7| line 7\n8| line 8\n9| line 9\n10| ten\n11| eleven\n12| twelve\n13| line 12\n14| line 13\n15| line 14`,
  )
  expect(contentOf(root, 'a.txt').split('\n').slice(9, 12)).toEqual(['ten', 'eleven', 'twelve'])
  expect(questions[0]?.preview).toBe(
    '@@ -7,8 +7,9 @@\n line 7\n line 8\n line 9\n-line 10\n-line 11\n+ten\n+eleven\n+twelve\n line 12\n line 13\n line 14',
  )
})

test('every place is changed when all are meant, and some of them are shown', async () => {
  const root = project('a\nb\n'.repeat(5), 'a.txt')
  const { told } = await hands(root)
  const result = await told('edit_file', { path: 'a.txt', old: 'a\n', new: 'x\n', all: true })
  expect(result).toMatch(/^a\.txt: 5 places changed\n1\| x\n2\| b\n[^]*\[and 2 more places\]$/)
  expect(contentOf(root, 'a.txt')).toBe('x\nb\n'.repeat(5))
})

describe('what is not there is not changed', () => {
  test('and the nearest lines are shown as they are', async () => {
    const root = project()
    const { ask } = await hands(root)
    const { ok, result } = await ask('edit_file', {
      path: 'src/a.ts',
      old: '  for (const item of items) sum += item.cost',
      new: 'x',
    })
    expect(ok).toBe(false)
    expect(result).toBe(
      'Error: that text is not in src/a.ts. The nearest is line 3:\n3|   for (const item of items) sum += item.price\ncopy them exactly into old',
    )
    expect(contentOf(root)).toBe(source)
  })

  test('nor is what is there more than once, which is named by line', async () => {
    const root = project('a\nb\n'.repeat(60), 'a.txt')
    const { told } = await hands(root)
    expect(await told('edit_file', { path: 'a.txt', old: 'b', new: 'c' })).toBe(
      'Error: that text is in a.txt more than once, at lines 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 and 50 more; make old longer, so that it is found once, or set all to true',
    )
    expect(contentOf(root, 'a.txt')).toBe('a\nb\n'.repeat(60))
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['an empty old text', { old: '', new: 'x' }, 'Error: old is empty; to insert lines, put the line before them'],
    [
      'the same text twice',
      { old: '  let sum = 0', new: '  let sum = 0' },
      'Error: old and new are the same; nothing was changed\nsrc/a.ts, line 2:\n2|   let sum = 0',
    ],
    ['more than 64 kB', { old: 'x'.repeat(70_000), new: 'x' }, 'Error: "old" must have at most 64 kB; edit_file takes'],
    [
      'no old text',
      { new: 'x' },
      'Error: "old" is missing; edit_file takes path (string), old (string), new (string), all',
    ],
    [
      'a marker',
      { old: '  let sum = 0', new: '  // ... existing code ...' },
      'Error: "// ... existing code ..." stands for lines',
    ],
    [
      'a file that is not there',
      { path: 'b.ts', old: 'a', new: 'b' },
      'Error: b.ts does not exist; write_file makes a new file',
    ],
    ['a place outside', { path: '../b.ts', old: 'a', new: 'b' }, 'Error: ../b.ts does not exist'],
    ['git', { path: '.git/config', old: 'a', new: 'b' }, 'Error: .git is read-only; local-brain commits with --branch'],
  ])('%s', async (_, args, expected) => {
    const root = project()
    const { told } = await hands(root)
    const result = await told('edit_file', { path: 'src/a.ts', ...args })
    expect(result.slice(0, expected.length)).toBe(expected)
    expect(contentOf(root)).toBe(source)
  })
})

test('the same edit a second time is told to be there already, with the present text', async () => {
  const root = project()
  const { told } = await hands(root)
  const edit = { path: 'src/a.ts', old: '  let sum = 0\n', new: '  let sum = 0\n  let count = 0\n' }
  await told('edit_file', edit)
  const after = contentOf(root)
  expect(await told('edit_file', edit)).toMatch(
    /^Error: src\/a\.ts has this already; nothing was changed\. It says:\n1\| export function total.*\n2\| {3}let sum = 0\n3\| {3}let count = 0\n/,
  )
  expect(contentOf(root)).toBe(after)
})

describe('the names that other programs use', () => {
  test.each<[string, Record<string, unknown>]>([
    ['str_replace', { file_path: 'src/a.ts', old_string: 'sum = 0', new_string: 'sum = 1' }],
    ['edit', { filename: 'src/a.ts', old_str: 'sum = 0', new_str: 'sum = 1' }],
    ['replace_in_file', { filepath: 'src/a.ts', search: 'sum = 0', replace: 'sum = 1', replace_all: false }],
    ['edit_file', { path: '"src/a.ts"', oldText: 'sum = 0', newText: 'sum = 1' }],
  ])('%s %j', async (name, args) => {
    const root = project()
    const { underOurName } = await import('../../src/core/aliases.ts')
    const call = { id: '1', name, arguments: args, recovered: false }
    const { ask } = await hands(root)
    const { ok, result } = await ask(underOurName(call, ['edit_file'])?.name ?? name, args)
    expect(result).toMatch(/^src\/a\.ts: line 2 changed/)
    expect(ok).toBe(true)
  })

  test('a patch is answered with the call to make', async () => {
    const { told } = await hands(project())
    expect(await told('apply_patch', { patch: '*** Begin Patch' })).toMatch(
      /^Error: patches can't be applied; call edit_file for each place: path="…", old=/,
    )
  })
})

describe('what the model has not seen is not overwritten', () => {
  test('an exact text proves that it knows it, one that differs in blanks does not', async () => {
    const root = project()
    const { told } = await hands(root)
    const edit = {
      path: 'src/a.ts',
      old: 'let sum = 0 \nfor (const item of items) sum += item.price',
      new: 'let sum = 1',
    }
    expect(await told('edit_file', edit)).toBe(
      'Error: old differs from src/a.ts in blanks; read it first: read_file path="src/a.ts"',
    )
    await told('read_file', { path: 'src/a.ts' })
    expect(await told('edit_file', edit)).toMatch(/^src\/a\.ts: line 2 changed\n/)
    expect(contentOf(root)).toContain('  let sum = 1\n')
  })

  test('a file that another program changed since it was read', async () => {
    const root = project()
    const { told } = await hands(root)
    await told('read_file', { path: 'src/a.ts' })
    write(root, { 'src/a.ts': `// new\n${source}` })
    const edit = { path: 'src/a.ts', old: 'sum = 0', new: 'sum = 1' }
    expect(await told('edit_file', edit)).toBe(
      'Error: src/a.ts has changed since you read it; read it again: read_file path="src/a.ts"',
    )
    await told('read_file', { path: 'src/a.ts' })
    expect(await told('edit_file', edit)).toMatch(/^src\/a\.ts: line 3 changed/)
    expect(await told('edit_file', { ...edit, old: 'return sum', new: 'return sum + 1' })).toMatch(
      /^src\/a\.ts: line 5/,
    )
  })

  test('what it changed itself it knows, in every encoding', async () => {
    const root = project('caf\xe9 1\n', 'a.txt')
    write(root, { 'b.txt': Buffer.from('caf\xe9 1\n', 'latin1'), 'c.txt': '\ufeffcaf\u00e9 1\r\n' })
    const { told } = await hands(root)
    for (const path of ['a.txt', 'b.txt', 'c.txt']) {
      await told('read_file', { path })
      for (const [old, now] of [
        ['1', '2'],
        ['2', '3'],
      ] as const)
        expect(await told('edit_file', { path, old, new: now })).toMatch(/txt: line 1 changed/)
    }
    expect(readFileSync(join(root, 'b.txt'))).toEqual(Buffer.from('caf\xe9 3\n', 'latin1'))
    expect(contentOf(root, 'c.txt')).toBe('\ufeffcaf\u00e9 3\r\n')
  })
})

describe('an edit that breaks the syntax', () => {
  const broken = { path: 'src/a.ts', old: '  return sum\n}', new: '  return sum' }
  test('is refused with the line, and done when it is meant', async () => {
    const root = project()
    const { ask } = await hands(root)
    const first = await ask('edit_file', broken)
    expect(first).toMatchObject({ ok: false, again: true })
    expect(first.result).toMatch(
      /^Error: src\/a\.ts would not parse any more \(line \d: .*\); nothing was changed\. If that is meant, make the same call again$/,
    )
    expect(contentOf(root)).toBe(source)
    const second = await ask('edit_file', broken)
    expect(second.result).toMatch(
      /^src\/a\.ts: line 4 changed\n[^]*\n\[warning: src\/a\.ts does not parse \(line \d: .*\)\]$/,
    )
    expect(contentOf(root)).toBe(source.replace('\n}', ''))
  })

  test('is nothing new where the file did not parse before', async () => {
    const root = project('export function (\n')
    const { told } = await hands(root)
    expect(await told('edit_file', { path: 'src/a.ts', old: '(', new: '((' })).toMatch(/^src\/a\.ts: line 1 changed/)
  })

  test.each<[string, string, string, string]>([
    ['a.py', 'def f():\n    return 1\n', 'return 1', 'return (1'],
    ['a.go', 'package a\n\nfunc f() int { return 1 }\n', '1 }', '1'],
    ['a.json', '{ "a": 1 }\n', '1 }', '1'],
    ['a.css', 'a { color: red }\n', '}', ''],
  ])('is seen in %s', async (path, text, old, now) => {
    const root = project(text, path)
    const { ask } = await hands(root)
    expect((await ask('edit_file', { path, old, new: now })).result).toContain('would not parse any more')
    expect(contentOf(root, path)).toBe(text)
  })

  test('is not looked for where the language is not known, or the file too long', async () => {
    const root = createFolder({ 'a.kt': 'fun f() { 1 }\n', 'long.ts': `${'f();\n'.repeat(70_000)}g()\n` })
    const { told } = await hands(root)
    expect(await told('edit_file', { path: 'a.kt', old: '1 }', new: '1' })).toMatch(/^a\.kt: line 1 changed/)
    expect(await told('edit_file', { path: 'long.ts', old: 'g()', new: 'g(' })).toMatch(/^long\.ts: line 70001 changed/)
  })
})

test('what is sensitive or goes beyond a limit is part of the question', async () => {
  const root = createFolder({ 'AGENTS.md': 'x\n', 'a.txt': 'a\n', 'b.txt': 'b\n' })
  const { told, questions } = await hands(root, { limits: { files: 1 } })
  const edit = (path: string, old: string) => told('edit_file', { path, old, new: 'y' })
  expect(await edit('AGENTS.md', 'x')).toBe(
    "Error: this needs a person's consent (agents obey it), and there is nobody to ask. Leave this file as it is",
  )
  await edit('a.txt', 'a')
  expect(await edit('b.txt', 'b')).toBe(
    'Error: this run has changed 1 files, which is its limit; answer with what was done',
  )
  expect(questions.map(({ sensitive, overLimit }) => [sensitive, overLimit])).toEqual([
    ['agents obey it', undefined],
    [undefined, undefined],
    [undefined, 'this run has changed 1 files, which is its limit'],
  ])
})
