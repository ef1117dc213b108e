import { expect, test } from 'vitest'
import { told } from '../tools.ts'
import { createFolder } from '../workspace.ts'

test('a text file has language, size, lines and date', async () => {
  const root = createFolder({ 'src/a.py': 'x = 1\ny = 2\n' })
  expect(await told(root, ['file_info', { path: 'src/a.py' }])).toMatch(
    /^src\/a\.py: python file, 12 bytes, 2 lines, modified \d{4}-\d\d-\d\d \d\d:\d\d UTC$/,
  )
})

test('a binary file and a folder are what they are', async () => {
  const root = createFolder({ 'src/a.bin': Buffer.alloc(2_500_000) })
  expect(await told(root, ['file_info', { path: 'src/a.bin' }])).toMatch(/^src\/a\.bin: binary file, 2\.5 MB/)
  expect(await told(root, ['file_info', { path: 'src' }])).toMatch(/^src: folder/)
})

test('a secret does not exist', async () => {
  const root = createFolder({ id_rsa: 'x' })
  expect(await told(root, ['file_info', { path: 'id_rsa' }])).toMatch(/^Error: id_rsa does not exist/)
})
