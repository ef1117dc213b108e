import { expect, test } from 'vitest'
import { told } from '../tools.ts'
import { createRepository, git, write } from '../workspace.ts'

test('every kind of change has its line, secrets have none', async () => {
  const root = createRepository({ 'a.txt': 'one\n', 'b.txt': 'one\n', 'c.txt': 'one\ntwo\nthree\n', '.env': 'KEY=1' })
  write(root, { 'a.txt': 'two\n', 'd.bin': Buffer.from('\0'), '.env': 'KEY=2' })
  git(root, 'rm', '-q', 'b.txt')
  git(root, 'mv', 'c.txt', 'e.txt')
  git(root, 'add', '-A')
  expect(await told(root, ['git_changed_files'])).toBe(`4 files, staged changes
modified a.txt +1 -1
deleted b.txt +0 -1
added d.bin binary
renamed c.txt -> e.txt +0 -0`)
})

test('since a base the commits are listed', async () => {
  const root = createRepository()
  git(root, 'checkout', '-q', '-b', 'feature')
  write(root, { 'b.txt': 'new\n' })
  git(root, 'add', '-A')
  git(root, 'commit', '-q', '-m', 'second')
  expect(await told(root, ['git_changed_files', { base: 'main' }])).toBe(
    '1 file, changes since main\nadded b.txt +1 -0',
  )
})

test('no change is said in words', async () => {
  expect(await told(createRepository(), ['git_changed_files', { staged: true }])).toBe('No staged changes')
})

test('a long list says how many are left', async () => {
  const root = createRepository()
  write(root, Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`folder/file${index}.txt`, 'x\n'])))
  git(root, 'add', '-A')
  const result = await told(root, ['git_changed_files'], { maxChars: 1000 })
  expect(result.length).toBeLessThanOrEqual(1000)
  const shown = result.match(/^added /gm)?.length ?? 0
  expect(result).toContain(`[${80 - shown} more: git_diff path="…"`)
})
