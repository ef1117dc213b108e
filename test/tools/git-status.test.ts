import { expect, test } from 'vitest'
import { told } from '../tools.ts'
import { createRepository, git, write } from '../workspace.ts'

test('staged, unstaged and new files stand apart', async () => {
  const root = createRepository({ 'a.txt': 'one\n', 'b.txt': 'one\n', '.gitignore': 'log\n' })
  write(root, { 'a.txt': 'two\n', 'b.txt': 'two\n', 'new/c.txt': 'x', '.env.local': 'KEY=1', log: 'x' })
  git(root, 'add', 'a.txt')
  expect(await told(root, ['git_status'])).toBe(`On branch main
staged:
  modified a.txt +1 -1
not staged:
  modified b.txt +1 -1
new, not in git:
  new/c.txt`)
})

test('in a hook only the staged files are told', async () => {
  const root = createRepository({ 'a.txt': 'one\n' })
  write(root, { 'a.txt': 'two\n' })
  git(root, 'add', 'a.txt')
  write(root, { 'a.txt': 'three\n', 'new.txt': 'x' })
  expect(await told(root, ['git_status'], { view: 'index' })).toBe('On branch main\nstaged:\n  modified a.txt +1 -1')
})

test('a clean work tree is said to be one', async () => {
  expect(await told(createRepository(), ['git_status'])).toBe('On branch main, nothing changed')
})

test('a detached head is no branch', async () => {
  const root = createRepository()
  git(root, 'checkout', '-q', '--detach')
  expect(await told(root, ['git_status'])).toBe('No branch (detached HEAD), nothing changed')
})

test('a file in conflict is said to be one', async () => {
  const root = createRepository({ 'a.txt': 'one\n' })
  git(root, 'checkout', '-q', '-b', 'other')
  write(root, { 'a.txt': 'theirs\n' })
  git(root, 'commit', '-qam', 'theirs')
  git(root, 'checkout', '-q', 'main')
  write(root, { 'a.txt': 'ours\n' })
  git(root, 'commit', '-qam', 'ours')
  expect(() => git(root, 'merge', '-q', 'other')).toThrow('git merge')
  expect(await told(root, ['git_status'])).toContain('in conflict a.txt')
})
