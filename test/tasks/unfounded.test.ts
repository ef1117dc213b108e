import { expect, test } from 'vitest'
import { createRepository, write } from '../workspace.ts'
import { type Turn, scriptedRun } from '../app/scripted-run.ts'

const files = { 'src/mean.ts': 'export const mean = 1\n', '.gitignore': 'dist/\n', 'docs/guide.md': 'guide\n' }

async function warningsOf(turns: Turn[], prompt: string, more = {}) {
  const root = createRepository(files)
  write(root, { 'dist/main.js': '1\n' })
  const work = { files: [], prompt }
  const { report } = await scriptedRun(root, turns, { skill: 'ask', work, ...more })
  expect(report.exitCode).toBe(0)
  return report.warnings
}

const read: Turn = [['read_file', { path: 'src/mean.ts' }]]
const nowhere = 'the answer names src/median.ts, which does not exist here'
const untold = 'no tool was called: the answer rests on nothing that was read'

test.each<[string, Turn[], string[]]>([
  ['cites a file that does not exist', [read, 'The median is in src/median.ts:12.'], [nowhere]],
  ['names one without a line', [read, 'It is calculated by `src/median.ts`, and tested.'], [nowhere]],
  [
    'names several',
    [read, 'See src/median.ts:1, src/mode.ts:2 and lib/sum.py:3.'],
    ['the answer names src/median.ts and 2 more files, which do not exist here'],
  ],
  ['cites a file that was not read', ['The mean is 1 (src/mean.ts:1).'], [untold]],
  [
    'cites one after a call that failed',
    [[['read_file', { path: 'lib/none.ts' }]], 'The mean is 1 (src/mean.ts:1).'],
    ['no call of a tool succeeded: the answer rests on nothing that was read'],
  ],
])('a person is warned when an answer %s', async (_, turns, warnings) => {
  expect(await warningsOf(turns, 'where is the median calculated?')).toEqual(warnings)
})

test('a question that names a file is not answered from nothing without a word', async () => {
  expect(await warningsOf(['It holds a number.'], 'what is in src/mean.ts?')).toEqual([untold])
  expect(await warningsOf([read, 'It holds a number.'], 'what is in src/mean.ts?')).toEqual([])
})

test.each<[string, Turn[]]>([
  ['is about no file', ['A mutex lets one thread in at a time. Node.js 20 and Vue.js have none.']],
  ['names a file by the end of its path', [read, 'See mean.ts:1 and ./src/mean.ts:1 and b/src/mean.ts:1.']],
  [
    'names what is built, outside or elsewhere',
    [read, 'dist/main.js:1, dist/new.js, /etc/x.conf:3, ../a.ts:1, @a/b.js:2'],
  ],
  ['links to a page', [read, 'See https://example.org/a/b.html:1 and example.org/docs/x.md.']],
  ['proposes a file', [read, 'You could add a test in test/median.test.ts.']],
  ['shows code', [read, 'For example:\n\n```ts\nimport "src/median.ts"\n```\n']],
  ['says that a file is not there', [read, 'There is no src/median.ts.']],
  ['names a file that a tool told of', [read, [['read_file', { path: 'lib/old.ts' }]], 'lib/old.ts:3']],
])('and not when an answer %s', async (_, turns) => {
  expect(await warningsOf(turns, 'what is a mutex?')).toEqual([])
})

test('values of a shape that nothing was read for are no secret', async () => {
  const shape = 'name, age int, adult bool'
  const told = '{"name":"Ann","age":44,"adult":true}'
  expect(await warningsOf(['It is Ann.', told], 'who wrote this?', { shape })).toEqual([untold])
  expect(await warningsOf([read, 'It is Ann.', told], 'who wrote this?', { shape })).toEqual([])
  expect(await warningsOf(['It is Ann.', told], 'Ann is 44', { shape })).toEqual([])
})

test('a change that was told of and not made is named', async () => {
  const said = 'I have read the file and fixed it.'
  const fix = { skill: 'fix', allow: 'write' } as const
  expect(await warningsOf([read, said], 'fix the mean', fix)).toEqual(['no file was changed'])
  const edit: Turn = [['edit_file', { path: 'src/mean.ts', old: '= 1', new: '= 2' }]]
  expect(await warningsOf([read, edit, said], 'fix the mean', fix)).toEqual([])
})
