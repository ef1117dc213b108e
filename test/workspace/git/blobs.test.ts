import { expect, test } from 'vitest'
import { createBlobReader } from '../../../src/workspace/git/blobs.ts'
import { openGit } from '../../../src/workspace/git/open.ts'
import { createRepository, environment, git } from '../../workspace.ts'

async function readAll(files: Record<string, string | Buffer>, maxBytes: number) {
  const root = createRepository(files)
  const gate = await openGit(root, { environment })
  if (!gate) throw new Error('no repository')
  const read = createBlobReader(gate)
  const ids = Object.keys(files).map((name) => git(root, 'rev-parse', `:${name}`).trim())
  return Promise.all(ids.map((id) => read(id, maxBytes)))
}

test('many blobs asked for at once come back each as it is', async () => {
  const files = { a: 'one\n', b: '', c: Buffer.from([0, 10, 255]), d: 'missing\n', e: 'one\n' }
  const blobs = await readAll(files, 1000)
  expect(blobs.map(({ bytes }) => bytes)).toEqual(Object.values(files).map((content) => Buffer.from(content)))
  expect(blobs.map(({ size }) => size)).toEqual([4, 0, 3, 8, 4])
})

test('no more is given than was asked for, of small and of big ones', async () => {
  const blobs = await readAll({ small: 'x'.repeat(100), big: 'y'.repeat(600_000) }, 10)
  expect(blobs.map(({ size, bytes }) => [size, bytes.toString()])).toEqual([
    [100, 'xxxxxxxxxx'],
    [600_000, 'yyyyyyyyyy'],
  ])
})

test('sizes alone read nothing', async () => {
  expect(await readAll({ a: 'one\n' }, 0)).toEqual([{ size: 4, bytes: Buffer.alloc(0) }])
})

test('an object that is not there fails for all that asked with it, and not for later ones', async () => {
  const root = createRepository({ a: 'one\n' })
  const gate = await openGit(root, { environment })
  const read = gate && createBlobReader(gate)
  await expect(read?.('0'.repeat(40), 10)).rejects.toThrow('git cat-file')
  expect((await read?.(git(root, 'rev-parse', ':a').trim(), 10))?.bytes.toString()).toBe('one\n')
})
