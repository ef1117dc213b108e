import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { restoreTree } from '../../../src/workspace/changes/restore.ts'
import { openScratch } from '../../../src/workspace/changes/scratch.ts'
import { createFolder, createRepository, write } from '../../workspace.ts'
import { storeOf } from './project.ts'

/** A copy with something done to it, and what it holds by then. */
async function copyWith(act: (top: string) => void) {
  const store = await storeOf(createRepository({ 'a.txt': 'one\n', 'd/b.txt': 'two\n' }))
  const scratch = await openScratch(store)
  act(scratch.top)
  const { tree } = await scratch.snapshot()
  const restore = async (paths?: string[]) =>
    restoreTree(store, { top: scratch.top, from: tree, to: scratch.start.tree, paths })
  const now = async () => (await scratch.snapshot()).tree
  return { top: scratch.top, start: scratch.start.tree, now, restore }
}

test('a copy gets back what it held: changed, deleted and new files', async () => {
  const { top, restore, now, start } = await copyWith((folder) => {
    rmSync(join(folder, 'd'), { recursive: true })
    write(folder, { 'a.txt': 'other\n', 'new/c.txt': 'c\n' })
  })
  await restore(['a.txt'])
  expect(readFileSync(join(top, 'a.txt'), 'utf8')).toBe('one\n')
  expect(existsSync(join(top, 'd/b.txt'))).toBe(false)
  await restore()
  expect(await now()).toBe(start)
})

test('new files alone are taken away', async () => {
  const { restore, now, start } = await copyWith((folder) => write(folder, { 'new.txt': 'x' }))
  await restore()
  expect(await now()).toBe(start)
})

test('nothing is taken away through a link that a command put in the place of a folder', async () => {
  const outside = createFolder({ 'c.txt': 'mine\n' })
  const { top, restore } = await copyWith((folder) => write(folder, { 'new/c.txt': 'c\n' }))
  rmSync(join(top, 'new'), { recursive: true })
  symlinkSync(outside, join(top, 'new'))
  await restore()
  expect(readFileSync(join(outside, 'c.txt'), 'utf8')).toBe('mine\n')
  rmSync(join(top, 'd'), { recursive: true })
  mkdirSync(join(outside, 'd'))
  writeFileSync(join(outside, 'd/b.txt'), 'mine\n')
  symlinkSync(join(outside, 'd'), join(top, 'd'))
  await restore()
  expect(readFileSync(join(outside, 'd/b.txt'), 'utf8')).toBe('mine\n')
})
