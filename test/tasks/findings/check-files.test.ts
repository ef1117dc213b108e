import { expect, test } from 'vitest'
import { checkAddedFiles } from '../../../src/tasks/findings/check-files.ts'
import type { Gathered } from '../../../src/input/unit.ts'
import { openWorkspace } from '../../../src/workspace/open.ts'
import { createRepository, environment, git, write } from '../../workspace.ts'

const big = Buffer.alloc(1_500_000)

async function check(root: string, paths: string[], scope: Gathered['scope'] = { kind: 'staged', base: null }) {
  const workspace = await openWorkspace({ root, view: 'worktree', environment })
  const skipped = paths.map((path) => ({ path, reason: 'binary' }))
  const gathered = { scope, units: [], skipped, diff: '', branch: '', warnings: [] }
  return (await checkAddedFiles(gathered, workspace)).map(({ path, message }) => `${path}: ${message}`)
}

const told = 'big.bin: The change adds 1.5 MB, and the history keeps it for good.'

test('a large file that a change adds is told', async () => {
  const root = createRepository()
  write(root, { 'big.bin': big, 'small.bin': Buffer.alloc(10) })
  git(root, 'add', '-A')
  expect(await check(root, ['big.bin', 'small.bin'])).toEqual([told])
})

test('one that was there before is not', async () => {
  const root = createRepository({ 'big.bin': big })
  write(root, { 'big.bin': Buffer.alloc(1_600_000, 1) })
  git(root, 'add', '-A')
  expect(await check(root, ['big.bin', 'gone.bin'])).toEqual([])
})

test('of a branch, what was committed since its base counts', async () => {
  const root = createRepository()
  git(root, 'checkout', '-q', '-b', 'topic')
  write(root, { 'big.bin': big })
  git(root, 'add', '-A')
  git(root, 'commit', '-q', '-m', 'big')
  expect(await check(root, ['big.bin'], { kind: 'base', base: 'main' })).toEqual([told])
  expect(await check(root, ['big.bin'], { kind: 'base', base: 'HEAD' })).toEqual([])
})

test('files that a person named are no change', async () => {
  const root = createRepository({ 'big.bin': big })
  expect(await check(root, ['big.bin'], { kind: 'files', base: null })).toEqual([])
})
