import { describe, expect, test } from 'vitest'
import { splitNames } from '../../../src/doors/cli/file-names.ts'
import { createFolder, createRepository } from '../../workspace.ts'
import { localBrain } from './local-brain.ts'

test.each([
  ['a.ts', [], ['a.ts']],
  ['a.ts,b.ts', [], ['a.ts', 'b.ts']],
  ['a.ts, b.ts', [], ['a.ts', 'b.ts']],
  [',a.ts,,', [], ['a.ts']],
  ['a,b.js', ['a,b.js'], ['a,b.js']],
  ['a,b.js,c.js', ['a,b.js', 'c.js'], ['a,b.js', 'c.js']],
  ['c.js,a,b.js', ['a,b.js', 'c.js'], ['c.js', 'a,b.js']],
  ['a,b,c', ['a,b', 'a,b,c'], ['a,b,c']],
  [' a', [' a'], [' a']],
  ['src/*.{ts,tsx}', [], ['src/*.{ts,tsx}']],
  ['src/*.{ts,tsx},test', [], ['src/*.{ts,tsx}', 'test']],
  ['{a,{b,c}}.ts,d.ts', [], ['{a,{b,c}}.ts', 'd.ts']],
  ['a{b,c.ts', [], ['a{b', 'c.ts']],
  ['a{b,c.ts', ['a{b,c.ts'], ['a{b,c.ts']],
  ['a},b', [], ['a}', 'b']],
  ['-,a.ts', [], ['-', 'a.ts']],
])('-f %j, where %j exist, names %j', (value, there, expected) => {
  expect(splitNames(value, (name) => there.includes(name))).toEqual(expected)
})

const files = {
  'src/a.ts': 'export const a = 1\n',
  'src/b.tsx': 'export const b = 2\n',
  'src/c.js': 'export const c = 3\n',
  'src/{x}.ts': 'export const x = 4\n',
  'app/[id]/page.ts': 'export const page = 5\n',
  'app/i/other.ts': 'export const other = 6\n',
  'a,b.js': 'export const ab = 7\n',
  'my notes.txt': 'Notes.\n',
  'deep/down/d.ts': 'export const d = 8\n',
}

/** The paths that a command line would look at. */
async function looked(args: string[], cwd: string): Promise<string[]> {
  const run = await localBrain(['--dry-run', '--format', 'json', ...args], { cwd })
  expect(run.stderr).toBe('')
  return (JSON.parse(run.stdout) as { units: { path: string }[] }).units.map(({ path }) => path)
}

describe('what is named is what is looked at', () => {
  test.each([
    ['braces', ['-f', 'src/*.{ts,tsx}'], ['src/a.ts', 'src/b.tsx', 'src/{x}.ts']],
    ['braces in braces', ['-f', 'src/{a.{ts,js},c.js}'], ['src/a.ts', 'src/c.js']],
    ['braces of folders', ['-f', '{src,deep}/**/*.ts'], ['deep/down/d.ts', 'src/a.ts', 'src/{x}.ts']],
    ['braces in a list', ['-f', 'src/{a,c}.{ts,js},a,b.js'], ['a,b.js', 'src/a.ts', 'src/c.js']],
    ['a name with a comma', ['-f', 'a,b.js'], ['a,b.js']],
    ['a name with a comma in a list', ['-f', 'src/a.ts,a,b.js'], ['a,b.js', 'src/a.ts']],
    ['a name with a blank', ['-f', 'my notes.txt'], ['my notes.txt']],
    ['a name with braces', ['-f', 'src/{x}.ts'], ['src/{x}.ts']],
    ['a name with brackets', ['-f', 'app/[id]/page.ts'], ['app/[id]/page.ts']],
    ['a glob in a folder with brackets', ['-f', 'app/[id]/*.ts'], ['app/[id]/page.ts']],
    ['a set of characters', ['-f', 'app/[ij]/*.ts'], ['app/i/other.ts']],
    ['two patterns', ['-d', '.', '--pattern', '*.tsx', '--pattern', '*.js'], ['a,b.js', 'src/b.tsx', 'src/c.js']],
    ['two patterns of which one matches', ['-d', 'src', '--pattern', '*.py', '--pattern', '*.js'], ['src/c.js']],
    ['a pattern with braces', ['-d', 'src', '--pattern', '*.{js,tsx}'], ['src/b.tsx', 'src/c.js']],
  ])('%s', async (_, args, expected) => {
    expect(await looked(args, createFolder(files))).toEqual(expected)
  })

  test('an absolute pattern', async () => {
    const folder = createFolder(files)
    expect(await looked(['-f', `${folder}/src/{a,c}.{ts,js}`], folder)).toEqual(['src/a.ts', 'src/c.js'])
  })

  test('a pattern that begins above the folder one is in', async () => {
    const top = createRepository(files)
    expect(await looked(['-f', '../../src/*.js'], `${top}/deep/down`)).toEqual(['src/c.js'])
  })
})

test.each([
  [['-f', 'src/*.{py,rb}'], 'No file matches "src/*.{py,rb}"'],
  [['-d', 'src', '--pattern', '*.py', '--pattern', '*.rb'], 'No file matches "src/*.py or *.rb"'],
  [['-f', 'x,y.js'], 'File "x" does not exist'],
  [['-f', '../*.ts'], '"../*.ts"'],
])('%j is told apart from a review of nothing', async (args, error) => {
  const run = await localBrain(args, { cwd: createFolder(files) })
  expect(run).toMatchObject({ code: 2, stdout: '' })
  expect(run.stderr).toContain(error)
})
