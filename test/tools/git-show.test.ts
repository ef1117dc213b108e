import { expect, test } from 'vitest'
import { told } from '../tools.ts'
import { createRepository, git, write } from '../workspace.ts'

function twoCommits(): string {
  const root = createRepository({ 'a.txt': 'one\n', 'b.txt': 'one\n', '.env': 'KEY=1\n' })
  write(root, { 'a.txt': 'two\n', 'b.txt': 'two\n', '.env': 'KEY=2\n' })
  git(root, 'commit', '-qam', 'second\n\nwith a body')
  return root
}

test('a commit shows its message and what it changed, without secrets', async () => {
  const result = await told(twoCommits(), ['git_show', { revision: 'HEAD' }])
  expect(result).toMatch(
    /^[0-9a-f]{7,} 2026-01-02 A Person\nsecond\n\nwith a body\n\n2 files, changed by [0-9a-f]{12}\nmodified a\.txt \+1 -1\n/,
  )
  expect(result).toContain('1 +two')
  expect(result).not.toMatch(/KEY|\.env/)
})

test('the first commit adds everything', async () => {
  const result = await told(twoCommits(), ['git_show', { revision: 'HEAD~1', path: 'b.txt' }])
  expect(result).toContain('1 file, changed by')
  expect(result).toContain('added b.txt +1 -0\n@@ -0,0 +1 @@\n1 +one')
})

test('a path that the commit left alone is said to be so', async () => {
  const root = twoCommits()
  write(root, { 'c.txt': 'x\n' })
  git(root, 'add', '-A')
  git(root, 'commit', '-q', '-m', 'third')
  expect(await told(root, ['git_show', { revision: 'HEAD', path: 'a.txt' }])).toMatch(
    /Nothing in a\.txt changed by [0-9a-f]{12}$/,
  )
})

test('a merge is shown against its first parent', async () => {
  const root = twoCommits()
  git(root, 'checkout', '-q', '-b', 'other', 'HEAD~1')
  write(root, { 'c.txt': 'x\n' })
  git(root, 'add', '-A')
  git(root, 'commit', '-q', '-m', 'side')
  git(root, 'checkout', '-q', 'main')
  git(root, 'merge', '-q', '--no-edit', 'other')
  const result = await told(root, ['git_show', { revision: 'HEAD' }])
  expect(result).toContain('1 file, changed by')
  expect(result).toContain('added c.txt')
})

test.each(['--output=x', 'HEAD..HEAD', ':a.txt', 'HEAD:.env', 'gone'])(
  'revision %j names no commit',
  async (revision) => {
    expect(await told(twoCommits(), ['git_show', { revision }])).toMatch(
      /^Error: ".*" names no commit of this repository; git_log lists the revisions$/,
    )
  },
)

test('a secret cannot be asked for', async () => {
  expect(await told(twoCommits(), ['git_show', { revision: 'HEAD', path: '.env' }])).toBe(
    'Error: .env does not exist; list_directory shows what does',
  )
})

test('a long message leaves room for the change', async () => {
  const root = twoCommits()
  git(root, 'commit', '-q', '--amend', '-m', `second\n\n${'words and words\n'.repeat(500)}`)
  const result = await told(root, ['git_show', { revision: 'HEAD' }], { maxChars: 4000 })
  expect(result.length).toBeLessThanOrEqual(4000)
  expect(result).toContain('1 +two')
})
