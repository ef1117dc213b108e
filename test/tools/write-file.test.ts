import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hands } from '../hands.ts'
import { createFolder, write } from '../workspace.ts'

const contentOf = (root: string, path: string) => readFileSync(join(root, path), 'utf8')

describe('write_file', () => {
  test('makes a file with its folders, and ends its last line', async () => {
    const root = createFolder()
    const { told } = await hands(root)
    expect(await told('write_file', { path: 'src/deep/a.txt', content: '\n one\ntwo' })).toBe(
      'created src/deep/a.txt (3 lines)',
    )
    expect(contentOf(root, 'src/deep/a.txt')).toBe('\n one\ntwo\n')
  })

  test('shows the whole new file to who is asked', async () => {
    const { told, questions } = await hands(createFolder())
    await told('write_file', { path: 'a.txt', content: 'one\ntwo\n' })
    expect(questions[0]?.preview).toBe('@@ -0,0 +1,2 @@\n+one\n+two')
  })

  const edit = 'edit_file path="a.txt" old="the lines as they are" new="the new lines"'
  test('does not overwrite what was never read, or read in part', async () => {
    const root = createFolder({ 'a.txt': 'one\ntwo\nthree\n' })
    const { told } = await hands(root)
    const expected = `Error: a.txt exists, and you have not read all of it; change a part: ${edit}; or first read_file path="a.txt"`
    expect(await told('write_file', { path: 'a.txt', content: 'new' })).toBe(expected)
    await told('read_file', { path: 'a.txt', limit: 2 })
    expect(await told('write_file', { path: 'a.txt', content: 'new' })).toBe(expected)
    await told('read_file', { path: 'a.txt', offset: 3 })
    expect(await told('write_file', { path: 'a.txt', content: 'new' })).toBe('a.txt: 1 line now, 3 lines before')
    expect(contentOf(root, 'a.txt')).toBe('new\n')
    expect(await told('write_file', { path: 'a.txt', content: 'newer' })).toBe('a.txt: 1 line now, 1 line before')
  })

  test('does not overwrite what an editor changed since', async () => {
    const root = createFolder({ 'a.txt': 'one\n' })
    const { told } = await hands(root)
    await told('read_file', { path: 'a.txt' })
    write(root, { 'a.txt': 'theirs\n' })
    const expected = 'Error: a.txt has changed since you read it; read it again: read_file path="a.txt"'
    expect(await told('write_file', { path: 'a.txt', content: 'new' })).toBe(expected)
    expect(await told('write_file', { path: 'a.txt', content: 'new', append: true })).toBe(expected)
    expect(contentOf(root, 'a.txt')).toBe('theirs\n')
  })

  test('does not write a long file anew', async () => {
    const root = createFolder({ 'a.txt': 'one\n'.repeat(5000) })
    const { told } = await hands(root, {}, 100_000)
    for (const offset of [1, 2001, 4001]) await told('read_file', { path: 'a.txt', offset })
    expect(await told('write_file', { path: 'a.txt', content: 'new' })).toBe(
      `Error: a.txt has 5,000 lines, too many to write anew; change a part: ${edit}`,
    )
    expect(contentOf(root, 'a.txt')).toBe('one\n'.repeat(5000))
  })

  test('keeps the line ends and the missing last one of a file', async () => {
    const root = createFolder({ 'a.txt': 'one\r\ntwo' })
    const { told } = await hands(root)
    await told('read_file', { path: 'a.txt' })
    await told('write_file', { path: 'a.txt', content: 'one\n2\nthree' })
    expect(contentOf(root, 'a.txt')).toBe('one\r\n2\r\nthree')
  })

  test('writes a long file in parts', async () => {
    const root = createFolder()
    const { told } = await hands(root)
    const part = (from: number) => Array.from({ length: 150 }, (_, at) => `line ${from + at}`).join('\n')
    expect(await told('write_file', { path: 'a.txt', content: part(1) })).toBe('created a.txt (150 lines)')
    expect(await told('write_file', { path: 'a.txt', content: part(151), append: true })).toBe(
      'a.txt: lines 151-300 added, which ends with\n295| line 295\n296| line 296\n297| line 297\n298| line 298\n299| line 299\n300| line 300',
    )
    expect(contentOf(root, 'a.txt')).toBe(`${part(1)}\n${part(151)}\n`)
    await told('write_file', { path: 'b.txt', content: 'new', append: true })
    expect(contentOf(root, 'b.txt')).toBe('new\n')
  })

  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      'a marker for what is left out',
      { path: 'b.txt', content: 'a\n# ... rest of the file unchanged ...\n' },
      /^Error: "# \.\.\. rest of the file unchanged \.\.\." stands for lines that are not written out/,
    ],
    ['the same text', { path: 'a.txt', content: 'one\n' }, /^Error: a\.txt has exactly this text already$/],
    [
      'more than a megabyte',
      { path: 'b.txt', content: 'x'.repeat(1_100_000) },
      /^Error: b\.txt has 1\.0 MB, and at most 1 MB can be written/,
    ],
    ['a folder', { path: 'src', content: 'x' }, /^Error: src is a folder; only files can be written/],
    [
      'what does not parse',
      { path: 'b.ts', content: 'function (' },
      /^Error: b\.ts would not parse \(line 1: function \(\); nothing was changed\. If that is meant/,
    ],
    ['a secret', { path: '.env', content: 'x' }, /^Error: \.env does not exist/],
    ['an odd name', { path: 'a\u001b[2Jb', content: 'x' }, /^Error: .* does not exist/],
  ])('refuses %s', async (_, args, expected) => {
    const root = createFolder({ 'a.txt': 'one\n', 'src/b.txt': 'x' })
    const { told } = await hands(root)
    await told('read_file', { path: 'a.txt' })
    expect(await told('write_file', args)).toMatch(expected)
    expect(readdirSync(root).sort()).toEqual(['a.txt', 'src'])
    expect(contentOf(root, 'a.txt')).toBe('one\n')
  })

  test('is known by other names, and its text stays as it is written', async () => {
    const root = createFolder()
    const { told } = await hands(root)
    await told('write_file', { file_path: ' `a.txt` ', file_text: '"quoted"\n' })
    expect(contentOf(root, 'a.txt')).toBe('"quoted"\n')
  })
})

describe('replace_definition', () => {
  const code = `import a from 'a'

/** Adds. */
export function add(x: number) {
  return x
}

class Server {
  start() {
    return 1
  }

  stop() {
    return 2
  }
}

class Client {
  start() {
    return 3
  }
}
// function hidden() {}
const one = () => { return 1 }; const two = () => { return 2 }
`
  async function replaced(name: string, text: string, path = 'a.ts', file = code) {
    const root = createFolder({ [path]: file })
    const { told } = await hands(root)
    const result = await told('replace_definition', { path, name, code: text })
    return { result, text: contentOf(root, path) }
  }

  test('replaces a function with the comment above it', async () => {
    const { result, text } = await replaced(
      'add',
      '/** Adds more. */\nexport function add(x: number) {\n  return x + 1\n}',
    )
    expect(result).toMatch(/^a\.ts: add replaced, now lines 3-6\n1\| import a[^]*3\| \/\*\* Adds more\. \*\/\n/)
    expect(text).toBe(code.replace('Adds.', 'Adds more.').replace('return x\n', 'return x + 1\n'))
  })

  test('replaces a method by its whole name, as far in as it was', async () => {
    const { text } = await replaced('Client.start', 'start() {\n  return 4\n}\n')
    expect(text).toBe(code.replace('return 3', 'return 4'))
  })

  test.each<[string, string, string, RegExp]>([
    [
      'a name that occurs twice',
      'start',
      'start() {}',
      /^Error: a\.ts has 2 of them: Server\.start \(lines 9-11\), Client\.start \(lines 19-21\); give the whole name/,
    ],
    ['a name in a comment', 'hidden', 'function hidden() {}', /^Error: a\.ts has no definition of "hidden"; /],
    [
      'a name that is nearly there',
      'ad',
      'function ad() {}',
      /^Error: a\.ts has no definition of "ad"; did you mean add\?/,
    ],
    [
      'code that defines something else',
      'add',
      'export function sub() {}',
      /^Error: code does not define add; nothing was changed/,
    ],
    ['code that is none', 'add', 'return 1', /^Error: code does not define add; nothing was changed/],
    [
      'a definition that shares its line',
      'one',
      'const one = () => { return 3 }',
      /^Error: one shares lines 23-24 of a\.ts with another definition; use edit_file/,
    ],
    [
      'what is left out',
      'add',
      'export function add() {\n  // ... existing code ...\n}',
      /^Error: "\/\/ \.\.\. existing code \.\.\." stands for/,
    ],
  ])('refuses %s', async (_, name, text, expected) => {
    const { result, text: after } = await replaced(name, text)
    expect(result).toMatch(expected)
    expect(after).toBe(code)
  })

  test('refuses a language without definitions', async () => {
    const { result } = await replaced('f', 'fun f() {}', 'a.kt', 'fun f() {}\n')
    expect(result).toBe('Error: definitions in kotlin files are not known; use edit_file')
  })

  test('keeps decorators together with what they decorate', async () => {
    const file = 'class A:\n    @cached\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n'
    const { text } = await replaced('A.f', '@cached\ndef f(self):\n    return 3', 'a.py', file)
    expect(text).toBe(file.replace('return 1', 'return 3'))
  })
})

describe('delete_file and move_file', () => {
  test('say what they did, and what would happen', async () => {
    const root = createFolder({ 'a.txt': 'one\n', 'b.txt': 'two\n', 'src/c.txt': 'c\n' })
    const { told, questions } = await hands(root)
    expect(await told('delete_file', { path: 'a.txt' })).toBe('deleted a.txt')
    expect(await told('move_file', { source: 'b.txt', destination: 'new/b.txt' })).toBe('moved b.txt to new/b.txt')
    expect(questions.map(({ preview }) => preview)).toEqual(['@@ -1,1 +0,0 @@\n-one', 'b.txt becomes new/b.txt'])
    expect(existsSync(join(root, 'a.txt'))).toBe(false)
    expect(contentOf(root, 'new/b.txt')).toBe('two\n')
    expect(await told('delete_file', { path: 'src' })).toBe(
      'Error: src is a folder; only files can be written; list_directory shows what a folder holds',
    )
    expect(await told('move_file', { from: 'new/b.txt', to: 'src/c.txt' })).toBe(
      'Error: src/c.txt exists already; nothing was changed',
    )
    expect(await told('delete_file', { path: 'a.txt' })).toMatch(/^Error: a\.txt does not exist/)
  })
})
