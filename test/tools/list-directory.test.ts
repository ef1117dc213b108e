import { expect, test } from 'vitest'
import { told } from '../tools.ts'
import { createFolder, createRepository, write } from '../workspace.ts'

test('files have sizes, folders a slash, and everything a path to use', async () => {
  const root = createFolder({ 'src/a.ts': 'x'.repeat(1500), 'src/b.bin': Buffer.from([0, 1]), 'src/deep/c.ts': '' })
  expect(await told(root, ['list_directory', { path: 'src' }])).toBe(
    'src: 3 entries\nsrc/a.ts  1.5 kB\nsrc/b.bin  2 bytes, binary\nsrc/deep/',
  )
})

test('without a path it lists the workspace, without what is hidden', async () => {
  const root = createRepository({ '.env': 'KEY=1', '.gitignore': 'log\n', 'a.ts': 'x' })
  write(root, { log: 'x' })
  expect(await told(root, ['list_directory'])).toBe('the workspace: 2 entries\n.gitignore  4 bytes\na.ts  1 byte')
})

test('a pattern with ** lists folders below', async () => {
  const root = createFolder({ 'a.ts': '', 'b/c.ts': '', 'b/d/e.ts': '', 'b/f.js': '' })
  const result = await told(root, ['list_directory', { pattern: '**/*.ts' }])
  expect(result).toBe(
    'the workspace: 3 entries that match "**/*.ts"\na.ts  0 bytes\nb/c.ts  0 bytes\nb/d/e.ts  0 bytes',
  )
})

test('nothing found is said in words', async () => {
  const root = createFolder({ 'a.ts': '' })
  expect(await told(root, ['list_directory', { pattern: '*.py' }])).toBe(
    'No files that match "*.py" in the workspace (ignored and secret ones are never listed)',
  )
})

test('a long listing says how to see the rest', async () => {
  const files = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`src/file${index + 100}.ts`, '']))
  const root = createFolder({ ...files, 'src/z.ts': '' })
  const result = await told(root, ['list_directory', { path: 'src' }], { maxChars: 1400 })
  expect(result.length).toBeLessThanOrEqual(1400)
  expect(result).toMatch(/\[\d+ not shown; ask for less: list_directory path="src" pattern="f\*"\]$/)
})

test('a file is no folder, and a pattern cannot leave', async () => {
  const root = createFolder({ 'a.ts': '' })
  expect(await told(root, ['list_directory', { path: 'a.ts' }])).toMatch(/^Error: a\.ts is a file, not a folder/)
  expect(await told(root, ['list_directory', { pattern: '../*' }])).toMatch(/^Error: .*leaves its folder/)
  expect(await told(root, ['list_directory', { path: '..' }])).toBe(
    'Error: .. does not exist; list_directory shows what does',
  )
})
