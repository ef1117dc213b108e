import { expect, test } from 'vitest'
import { extendBaseline, loadBaseline } from '../../../src/tasks/findings/baseline.ts'
import { openWorkspace } from '../../../src/workspace/open.ts'
import { createFolder, environment } from '../../workspace.ts'
import { finding } from './unit.ts'

const file = '.local-brain/baseline.json'
const load = async (files: Record<string, string>) =>
  loadBaseline(await openWorkspace({ root: createFolder(files), view: 'worktree', environment }))

const empty = { schema: 'local-brain.baseline/1' as const, findings: [] }

test('what was written is read again', async () => {
  const baseline = extendBaseline(empty, [finding()])
  expect(await load({ [file]: JSON.stringify(baseline) })).toEqual({ baseline })
  expect(baseline.findings).toEqual([
    { id: '0123456789abcdef', rule: 'bug/null-path', path: 'src/a.ts', title: '`user` may be null' },
  ])
})

test('without a file nothing is accepted', async () => {
  expect(await load({})).toEqual({ baseline: empty })
})

test.each([
  ['no JSON', '{'],
  ['another schema', '{"schema":"x","findings":[]}'],
  ['bytes', '\0\0'],
])('a file with %s hides nothing, and says so', async (_, text) => {
  expect(await load({ [file]: text })).toEqual({
    baseline: empty,
    problem: '".local-brain/baseline.json" is not a baseline and hides nothing',
  })
})

test('findings are added to those there are, once, in an order that diffs well', () => {
  const first = extendBaseline(empty, [finding({ id: 'b', path: 'src/b.ts' })])
  const second = extendBaseline(first, [finding({ id: 'a' }), finding({ id: 'b', path: 'src/b.ts' })])
  expect(second.findings.map(({ id }) => id)).toEqual(['a', 'b'])
})

test('what no baseline can hide is not written into one', () => {
  const key = finding({ rule: 'security/private-key', category: 'security' })
  expect(extendBaseline(empty, [key]).findings).toEqual([])
})
