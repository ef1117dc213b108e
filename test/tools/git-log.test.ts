import { expect, test } from 'vitest'
import { told } from '../tools.ts'
import { createFolder, createRepository, git, write } from '../workspace.ts'

function commits(count: number): string {
  const root = createRepository({ 'a.txt': '0\n', '.env': 'KEY=0\n' })
  for (let index = 1; index <= count; index++) {
    write(root, { [`f${index % 2}.txt`]: `${index}\n` })
    git(root, 'add', '-A')
    git(root, 'commit', '-q', '-m', `change ${index}\n\nlong body`)
  }
  return root
}

test('commits have id, date, author and subject, the latest first', async () => {
  const result = await told(commits(1), ['git_log'])
  expect(result).toMatch(/^[0-9a-f]{7,} 2026-01-02 A Person: change 1\n[0-9a-f]{7,} 2026-01-02 A Person: first$/)
})

test('a path narrows it, also one that is gone', async () => {
  const root = commits(3)
  git(root, 'rm', '-q', 'f0.txt')
  git(root, 'commit', '-q', '-m', 'remove')
  const result = await told(root, ['git_log', { path: 'f0.txt' }])
  expect(result.split('\n').map((line) => line.replace(/.*: /, ''))).toEqual(['remove', 'change 2'])
})

test('older commits are said to be there, with the call that shows more', async () => {
  const result = await told(commits(3), ['git_log', { count: 2 }])
  expect(result.split('\n')).toHaveLength(3)
  expect(result).toMatch(/\[for older commits: git_log count=4\]$/)
})

test('a secret has no history, in the words for a missing file', async () => {
  const root = commits(1)
  for (const path of ['.env', 'missing.txt', '../outside', '--all']) {
    expect(await told(root, ['git_log', { path }])).toBe(
      `Error: ${path} does not exist; list_directory shows what does`,
    )
  }
})

test('before the first commit there is no commit to list', async () => {
  const root = createFolder({ 'a.txt': 'x' })
  git(root, 'init', '-q')
  expect(await told(root, ['git_log'])).toBe('No commits yet')
})
