import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gitCalls } from '../../../src/doors/hooks/shell-git.ts'

test.each([
  ['git commit -m x', ['commit']],
  ['git add a b && git commit -m "x"', ['add', 'commit']],
  ['cd sub; git -c user.name=a --no-pager commit', ['commit']],
  ['GIT_AUTHOR_NAME=a env X=1 /usr/bin/git commit', ['commit']],
  ['(git commit)|tee log', ['commit']],
  ['if true; then git commit; fi', ['commit']],
  ["git commit -F - <<'EOF'\nfix: a; b\nEOF", ['commit']],
  ['x=$(git log); git\tcommit', ['log', 'commit']],
  ['git commit-tree x', ['commit-tree']],
  ['git log --grep commit', ['log']],
  ['gitk commit', []],
  ['echo git commit', []],
  ['git', []],
  ['', []],
])('%s calls %j', (line, names) => {
  expect(gitCalls(line).map(({ name }) => name)).toEqual(names)
})

test.each([
  ['git -C ../other commit', '../other'],
  ['git -C "../o" -c a=b commit', '../o'],
  ['git commit -C HEAD', undefined],
])('%s is about the folder %s', (line, folder) => {
  expect(gitCalls(line)[0]?.folder).toBe(folder)
})

test('any line at all is read, and a commit in the middle is seen', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      expect(gitCalls(`${before}\ngit commit\n${after}`).map(({ name }) => name)).toContain('commit')
    }),
  )
})
