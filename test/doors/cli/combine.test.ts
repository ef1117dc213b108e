import { expect, test } from 'vitest'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import type { ScriptedReply } from '../../scripted-ollama/reply.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { code } from './code.ts'
import { localBrain } from './local-brain.ts'
import { ollama, refusals, reportOf } from './ollama.ts'

const small = { bytesPerToken: 3, models: [{ name: 'small', contextLength: 4096 }] }

const isClosing = ({ messages }: ChatBody) => messages[0]?.content.includes('Combine them into one answer') === true

/** Each part is answered with a fact of its own and much text, and a closing call by the facts it was told. */
function parts(closing: (facts: string[]) => ScriptedReply) {
  let part = 0
  return (request: ChatBody) => {
    const told = request.messages.map(({ content }) => content).join('\n')
    if (isClosing(request)) return closing(told.match(/FACT-\d+/g) ?? [])
    part += 1
    return reply.text(`FACT-${part}. ${'It adds up a list of sums. '.repeat(100)}`)
  }
}

async function explain(server: { url: string }, size: number, format = 'json') {
  const { root } = temporaryFolder({ 'a.js': code('sum', size) })
  return localBrain(['-s', 'explain', '--format', format, '-f', 'a.js'], { cwd: root, host: server.url })
}

test('answers that do not fit one closing call are combined in rounds, and each of them is told', async () => {
  const server = await ollama(
    parts((facts) => reply.text(facts.join(' '))),
    small,
  )
  const run = await explain(server, 80_000)
  const answered = server.requests.filter((request) => !isClosing(request)).length
  const { answer, exitCode, warnings } = reportOf(run)
  expect(answer.split(' ')).toEqual(Array.from({ length: answered }, (_, index) => `FACT-${index + 1}`))
  expect({ exitCode, warnings }).toEqual({ exitCode: 0, warnings: [] })
  expect(server.requests.filter(isClosing).length).toBeGreaterThan(2)
  expect(refusals(server)).toEqual([])
})

test('a dry run plans all of these rounds', async () => {
  const { root } = temporaryFolder({ 'a.js': code('sum', 80_000) })
  const run = await localBrain(['-s', 'explain', '-f', 'a.js', '--num-ctx', '4096', '--dry-run'], { cwd: root })
  const parts = run.stdout.match(/^--- request \d+: a\.js /gm)?.length ?? 0
  const closings = run.stdout.match(/^--- request \d+: the answers, combined /gm)?.length ?? 0
  // Three or four answers fit together, and then so many of those.
  expect(closings).toBeGreaterThan(parts / 4)
  expect(closings).toBeLessThan(parts)
  expect(run.stdout).toContain('--- a.js (lines 1-')
  expect(run.stdout).toMatch(/^--- a\.js \(lines 1-.+\) to a\.js .* ---\n\[the answer\]$/m)
})

test.each([
  ['is cut', reply.cut('FACT-1 and'), 0],
  ['meets a server that fails', reply.error(500, 'something broke'), 3],
])('when the closing call %s, the answers for the parts stand one by one', async (_, closing, code) => {
  const server = await ollama(
    parts(() => closing),
    small,
  )
  const run = await explain(server, 12_000, 'markdown')
  const answered = server.requests.filter((request) => !isClosing(request)).length
  expect(answered).toBeGreaterThan(1)
  expect(run.stdout.match(/^FACT-\d+/gm)).toHaveLength(answered)
  expect(run.stdout).toMatch(/^# a\.js \(lines 1-\d+ of \d+, part 1 of \d+\)$/m)
  expect(run.code).toBe(code)
  expect(run.stderr).toContain(
    code === 0 ? 'warning: the answers for the parts could not be combined' : 'error: Ollama at',
  )
})

test('answers too long for two of them to meet in one window stand one by one, and that is said', async () => {
  const long = `It adds up ${'a very long list of sums and '.repeat(150)}.`
  const server = await ollama(() => reply.text(long), small)
  const run = await explain(server, 12_000)
  expect(reportOf(run)).toMatchObject({ exitCode: 0, warnings: [expect.stringContaining('could not be combined')] })
  expect(server.requests.some(isClosing)).toBe(false)
})
