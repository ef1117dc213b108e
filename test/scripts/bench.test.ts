import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

type Row = { runner: string; job: string; ms: number }

test('a quick bench measures every job and how each work grows', () => {
  const root = join(import.meta.dirname, '..', '..')
  const output = execFileSync(process.execPath, ['scripts/bench.mjs', '--quick', '--json'], { cwd: root })
  const { starts, turns, growth, hands } = JSON.parse(output.toString()) as {
    starts: Row[]
    turns: { firstGapMs: number; laterGapMs: number; requests: { bytes: number; tools: number }[] }[]
    growth: { times: number[] }[]
    hands: { name: string; ratio: number }[]
  }
  const onNode = starts.filter(({ runner }) => runner.startsWith('Node'))
  expect(onNode.map(({ job }) => job)).toEqual([
    'bare',
    '--version',
    '--help',
    'dry run',
    'dry run in a repository',
    "dry run, a skill of one's own",
    'one answer',
    'chat of 200 chunks',
    'three turns with tools',
  ])
  expect(turns[0]?.requests.map(({ tools }) => tools)).toEqual([0, 4, 0])
  expect(turns[0]?.firstGapMs).toBeGreaterThan(0)
  expect(growth.map(({ times }) => times.length)).toEqual([3, 3, 3, 3, 3, 3])
  expect(hands.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'the first copy of 50 files',
      'a later copy of 50 files',
      'the snapshot at the end of 50 files',
    ]),
  )
  expect(Math.min(...hands.map(({ ratio }) => ratio))).toBeGreaterThan(0)
}, 180_000)
