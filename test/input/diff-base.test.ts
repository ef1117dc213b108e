import { expect, test } from 'vitest'
import { createFolder, createRepository, git, write } from '../workspace.ts'
import { changesOf, gatherIn, paths, reasons } from './gathering.ts'

function branched(): string {
  const folder = createRepository({ 'a.txt': 'one\n', 'b.txt': 'b\n' })
  git(folder, 'checkout', '-q', '-b', 'topic')
  write(folder, { 'a.txt': 'topic\n' })
  git(folder, 'commit', '-q', '-a', '-m', 'topic')
  git(folder, 'checkout', '-q', 'main')
  write(folder, { 'b.txt': 'main went on\n' })
  git(folder, 'commit', '-q', '-a', '-m', 'main')
  git(folder, 'checkout', '-q', 'topic')
  return folder
}

test('with a base, what was committed since the merge base is looked at', async () => {
  const gathered = await gatherIn(branched(), { diff: { base: 'main' } })
  expect(gathered.scope).toEqual({ kind: 'base', base: 'main' })
  expect(paths(gathered)).toEqual(['a.txt'])
  expect(changesOf(gathered.units[0])).toEqual(['- one', '+1 topic'])
})

test('with a base, uncommitted changes are named and not looked at', async () => {
  const folder = branched()
  write(folder, { 'a.txt': 'not committed\n', 'c.txt': 'staged\n' })
  git(folder, 'add', 'c.txt')
  const gathered = await gatherIn(folder, { diff: { base: 'main' } })
  expect(changesOf(gathered.units[0])).toEqual(['- one', '+1 topic'])
  expect(reasons(gathered)).toEqual(['a.txt: uncommitted changes', 'c.txt: uncommitted changes'])
})

test.each(['nowhere', '--output=x', 'HEAD..HEAD', ''])('a base that is no commit is refused: %j', async (base) => {
  await expect(gatherIn(branched(), { diff: { base } })).rejects.toMatchObject({ code: 'unknown-revision' })
})

test('a clone too shallow for a merge base says what to fetch', async () => {
  const origin = branched()
  const clone = createFolder()
  git(clone, 'clone', '-q', '--depth=1', '--no-single-branch', `file://${origin}`, '.')
  const error = gatherIn(clone, { diff: { base: 'origin/main' } })
  await expect(error).rejects.toMatchObject({
    code: 'unknown-revision',
    hint: expect.stringContaining('fetch-depth: 0'),
  })
})
