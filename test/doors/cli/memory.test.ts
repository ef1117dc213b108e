import { expect, test } from 'vitest'
import { chatsAs, pour } from '../../hostile/attack.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { isMeasured, peakOf, saysPeak } from './peak.ts'

const event = (message: object) => `${JSON.stringify({ model: 'm', message, done: false })}\n`
const calls = { tool_calls: [{ function: { name: 'read_file', arguments: { path: '[],'.repeat(300_000) } } }] }
const nested = event({ content: '', ...calls }).replace(/"(\[],)+"/, (list) => `[${list.slice(1, -2)}]`)

// Guards: engines/dialect/speech.ts, `isCall` and `atHead`; engines/dialect/thinking.ts, `text.length < maxHeader`;
// engines/ollama/server.ts, `maxArguments`; engines/ollama/reply.ts, maxStreamBytes.
test.skipIf(!isMeasured).each([
  ['text', event({ content: 'word '.repeat(20) })],
  ['what may be a call', event({ content: '{"name": '.repeat(10) })],
  ['blank space', event({ content: ' '.repeat(100) })],
  ['calls, each of 300,000 lists', nested],
])('an endless reply of %s takes less than 300 MB', { timeout: 60_000 }, async (_, piece) => {
  const { root } = temporaryFolder({ 'a.txt': 'one\n' })
  const server = await chatsAs((response) => pour(response, piece))
  const run = await localBrain(['-f', 'a.txt', '-s', 'explain'], { cwd: root, host: server.url, env: saysPeak })
  expect(run).toMatchObject({ code: 3, stderr: expect.stringContaining('too long') as string })
  expect(peakOf(run)).toBeLessThan(300)
  await server.close()
})

// Guard: input/unit.ts, eachLine: lines are made when they are looked at.
test.skipIf(!isMeasured)('a file of a hundred thousand lines takes less than 300 MB', async () => {
  const { root } = temporaryFolder({ 'a.js': 'a = 1\n'.repeat(100_000) })
  const run = await localBrain(['--dry-run', '-f', 'a.js'], { cwd: root, env: saysPeak })
  expect(run.code).toBe(0)
  expect(peakOf(run)).toBeLessThan(300)
})
