import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gather, readToEnd } from '../../src/input/index.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { createFolder, createRepository, environment, write } from '../workspace.ts'
import { gatherIn, paths } from './gathering.ts'

test('piped text is one unit', async () => {
  const gathered = await gatherIn(createFolder(), { stdin: '\ufeff#!/usr/bin/env python3\nprint(1)\n' })
  expect(gathered).toMatchObject({
    scope: { kind: 'stdin' },
    units: [{ path: '<stdin>', kind: 'text', language: 'python', startLine: 1, endLine: 2 }],
  })
  expect(gathered.units[0]?.text).toBe('#!/usr/bin/env python3\nprint(1)\n')
})

test('piped bytes that are no text are an error', async () => {
  await expect(gatherIn(createFolder(), { stdin: 'PNG\0\u0001' })).rejects.toMatchObject({ code: 'unreadable-file' })
})

test('an empty pipe is named', async () => {
  const gathered = await gatherIn(createFolder(), { stdin: ' \n' })
  expect(gathered).toMatchObject({ units: [], skipped: [{ path: '<stdin>', reason: 'empty' }] })
})

test('a prompt alone has nothing to look at', async () => {
  const gathered = await gatherIn(createRepository(), { prompt: 'how does the loop end?' })
  expect(gathered).toEqual({
    scope: { kind: 'prompt', base: null },
    units: [],
    skipped: [],
    diff: '',
    branch: 'main',
    warnings: [],
  })
})

test('sources add up', async () => {
  const folder = createRepository({ 'a.txt': 'one\n', 'b.txt': 'b\n' })
  write(folder, { 'a.txt': 'two\n' })
  const gathered = await gatherIn(folder, { diff: {}, files: ['b.txt'], stdin: 'piped\n' })
  expect(paths(gathered)).toEqual(['a.txt', 'b.txt', '<stdin>'])
  expect(gathered.scope.kind).toBe('unstaged')
})

test('what git can no longer read when it is its turn is named, and takes nothing from the rest', async () => {
  const names = Array.from({ length: 20 }, (_, at) => `f${10 + at}.js`)
  const folder = createRepository(Object.fromEntries(names.map((name) => [name, `x = '${name}'\n`])))
  const workspace = await openWorkspace({ root: folder, environment, view: 'index' })
  const work = { files: [], dir: '.', stdin: 'piped\n', prompt: '' }
  const gathering = await gather(work, workspace, { unitChars: 7000, cwd: folder })
  await gathering.more()
  rmSync(join(folder, '.git', 'objects'), { recursive: true })
  const read = gathering.gathered.units.length
  const gathered = await readToEnd(gathering)
  expect(read).toBeGreaterThan(0)
  expect(paths(gathered)).toEqual([...names.slice(0, read), '<stdin>'])
  expect(gathered.skipped.map(({ path, gap }) => [path, gap])).toEqual(names.slice(read).map((name) => [name, true]))
  expect([...gathering.unread()]).toEqual([])
})
