import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startHeartbeat } from '../../../src/doors/cli/heartbeat.ts'
import { createWaiting } from '../../../src/doors/cli/waiting.ts'
import type { Hold } from '../../scripted-ollama/hold.ts'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { command, localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

describe('a line every 15 s', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const started = () => {
    const lines: string[] = []
    const waiting = createWaiting()
    const end = startHeartbeat(waiting, (line) => lines.push(line))
    return { lines, waiting, end }
  }

  test('says what the run waits for, with the time so far', () => {
    const { lines, waiting, end } = started()
    waiting.note({ type: 'loading' })
    waiting.note({ type: 'waiting', elapsedMs: 0 })
    vi.advanceTimersByTime(16_000)
    waiting.note({ type: 'data', text: '{' })
    vi.advanceTimersByTime(15_000)
    waiting.note({ type: 'turn_start', turn: 2 })
    vi.advanceTimersByTime(15_000)
    waiting.note({ type: 'tool_start', turn: 2, id: '1', name: 'search_code', arguments: {} })
    vi.advanceTimersByTime(15_000)
    end()
    vi.advanceTimersByTime(60_000)
    expect(lines).toEqual([
      '… loading the model or reading the prompt (15 s)',
      '… writing 0.1 tokens/s (30 s)',
      '… reading the prompt (45 s)',
      '… search_code (60 s)',
    ])
  })

  test('says nothing of loading when the model is in memory', () => {
    const { lines, waiting } = started()
    waiting.note({ type: 'waiting', elapsedMs: 0 })
    vi.advanceTimersByTime(15_000)
    expect(lines).toEqual(['… reading the prompt (15 s)'])
  })

  test('names the part, with nothing in it that steers a terminal', () => {
    const { lines, waiting } = started()
    waiting.note({ type: 'unit_start', unit: 1, of: 3, label: 'a\u001b[2J.ts' })
    vi.advanceTimersByTime(15_000)
    expect(lines).toEqual(['… 1 of 3 a\\u{1b}[2J.ts: reading the prompt (15 s)'])
  })
})

const fast = pathToFileURL(join(import.meta.dirname, 'fast-intervals.mjs')).href
const isScript = command.length === 2

/** Runs the program with a reply that stops before its beginning and in its middle, until `go` says to go on. */
async function slowly(args: string[], go: (stderr: string, points: [Hold, Hold]) => void) {
  const { root } = temporaryFolder({ 'a.js': 'export const a = 1\n' })
  const points: [Hold, Hold] = [hold(), hold()]
  const [before, middle] = points
  const server = await ollama(() => reply.text(before, '{"analysis":"', middle, 'x","findings":[]}'))
  const onStderr = (text: string) => go(text, points)
  return localBrain(args, { cwd: root, host: server.url, env: { NODE_OPTIONS: `--import=${fast}` }, onStderr })
}

describe.skipIf(!isScript)('on a pipe', () => {
  test('a long wait is said, step by step', async () => {
    const run = await slowly(['-f', 'a.js'], (stderr, [before, middle]) => {
      if (stderr.includes('… loading the model or reading the prompt')) before.release()
      if (stderr.includes('… writing')) middle.release()
    })
    expect(run.stderr).toMatch(/^… loading the model or reading the prompt \(\d+ s\)$/m)
    expect(run.stderr).toMatch(/^… writing.* \(\d+ s\)$/m)
    expect(run.stdout).toContain('Reviewed: 1 file')
  })

  test.each([
    ['-q', ['-q']],
    ['a format for agents', ['--format', 'compact']],
  ])('%s says nothing of it', async (_, flags) => {
    const run = await slowly(['-f', 'a.js', '--timeout', '2', ...flags], () => undefined)
    expect(run.stderr).toMatch(/^error: .*\nhint: .*\n$/)
  })
})
