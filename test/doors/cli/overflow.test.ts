import { describe, expect, test } from 'vitest'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { type ScriptedOllamaOptions, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { code } from './code.ts'
import { localBrain } from './local-brain.ts'
import { ollama, refusals, reportOf, toldText } from './ollama.ts'

const clean = { analysis: 'Nothing here goes wrong.', findings: [] }

function answer(request: ChatBody) {
  return request.format === undefined ? reply.text('A list of sums.') : reply.json(clean)
}

const spellings: NonNullable<ScriptedOllamaOptions['overflow']>[] = ['nested', 'plain', 'mlx', 'old']

/** Its tokens are much shorter than the first estimate takes them to be. */
const dense = { bytesPerToken: 1, models: [{ name: 'dense', contextLength: 8192 }] }

describe.each(spellings)('an overflow in the "%s" spelling', (overflow) => {
  test.each(['code-review', 'explain'])('is divided by %s, and all of the file is covered', async (skill) => {
    const text = code('sum', 24_000)
    const { root } = temporaryFolder({ 'a.js': text })
    const server = await ollama(answer, { ...dense, overflow })
    const run = await localBrain(['-v', '-s', skill, '--format', 'json', '-f', 'a.js'], {
      cwd: root,
      host: server.url,
    })
    const { reviewed, notReviewed, exitCode } = reportOf(run)
    expect(reviewed).toEqual([{ path: 'a.js', startLine: 1, endLine: text.trimEnd().split('\n').length }])
    expect({ notReviewed, exitCode }).toEqual({ notReviewed: [], exitCode: 0 })
    expect(refusals(server).length).toBeGreaterThan(0)
    expect(run.stderr).toMatch(/~ again \(1\): a\.js \(lines .*\) outgrew the window; divided into \d/)
    const told = toldText(server)
    expect(text.split('\n').filter((line) => !told.includes(line))).toEqual([])
  })
})

test('what was learnt about the tokens spares later runs every refusal', async () => {
  const { root } = temporaryFolder({ 'a.js': code('sum', 24_000) })
  const HOME = temporaryFolder().root
  const run = async () => {
    const server = await ollama(answer, dense)
    await localBrain(['-s', 'code-review', '--no-cache', '-f', 'a.js'], { cwd: root, host: server.url, env: { HOME } })
    return refusals(server).length
  }
  expect(await run()).toBeGreaterThan(0)
  expect(await run()).toBe(0)
})

test('text of three bytes a character is divided by its bytes', async () => {
  const line = (n: number) => `第${n}行：入力の長さを確かめてから合計を計算し、結果を返します。\n`
  const text = Array.from({ length: 300 }, (_, index) => line(index + 1)).join('')
  const { root } = temporaryFolder({ 'notes.md': text })
  const server = await ollama(answer, { bytesPerToken: 3, models: [{ name: 'small', contextLength: 4096 }] })
  const run = await localBrain(['-s', 'explain', '--format', 'json', '-f', 'notes.md'], { cwd: root, host: server.url })
  expect(reportOf(run)).toMatchObject({ reviewed: [{ path: 'notes.md', startLine: 1, endLine: 300 }], exitCode: 0 })
  expect(refusals(server)).toEqual([])
})

test('what does not fit in smaller pieces either is named, and the rest is answered', async () => {
  const { root } = temporaryFolder({ 'a.js': 'export const a = 1\n', 'b.js': code('b', 9000) })
  const server = await ollama(
    (request) => {
      const isB = request.messages.some(({ content }) => content.includes('items.at('))
      return isB ? reply.error(400, 'the input length exceeds the context length') : answer(request)
    },
    { models: [{ name: 'small', contextLength: 4096 }] },
  )
  const args = ['-s', 'code-review', '--format', 'json', '-f', 'a.js,b.js']
  const report = reportOf(await localBrain(args, { cwd: root, host: server.url }))
  expect(report).toMatchObject({ reviewed: [{ path: 'a.js' }], stop: 'context_full', exitCode: 0 })
  const lines = code('b', 9000).trimEnd().split('\n').length
  const named = report.notReviewed.flatMap(({ startLine = 0, endLine = 0 }) =>
    Array.from({ length: endLine - startLine + 1 }, (_, index) => startLine + index),
  )
  expect(named).toEqual(Array.from({ length: lines }, (_, index) => index + 1))
  expect(report.notReviewed.every(({ path, gap }) => path === 'b.js' && gap)).toBe(true)
  const failing = await localBrain([...args, '--fail-on', 'high'], { cwd: root, host: server.url })
  expect(failing.code).toBe(4)
})

test('old tool results give way before a long look around overflows, and it is said', async () => {
  const files = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [`${name}.js`, code(name, 3000)]))
  const { root } = temporaryFolder(files)
  const read = (path: string) => reply.calls({ name: 'read_file', arguments: { path } })
  const server = await ollama([...Object.keys(files).map(read), reply.text('Six lists of sums.')], {
    bytesPerToken: 3,
    models: [{ name: 'small', contextLength: 4096 }],
  })
  const run = await localBrain(['--format', 'json', 'what do these do?'], { cwd: root, host: server.url })
  expect(refusals(server)).toEqual([])
  expect(reportOf(run)).toMatchObject({ answer: 'Six lists of sums.', exitCode: 0 })
  expect(run.stderr).toMatch(/older tool result\(s\) were removed to fit the window/)
  expect(server.requests.at(-1)?.messages.some(({ content }) => content.startsWith('[removed to make room'))).toBe(true)
})

test('the second look at a finding reads all it wants and stays inside the window', async () => {
  const { root } = temporaryFolder({ 'a.js': code('sum', 12_000) })
  const read = (offset: number) => ({ name: 'read_file', arguments: { path: 'a.js', offset } })
  const quote = '  const sum2 = items.at(2) + items.slice(2, 6).length * 14'
  const finding = {
    quote,
    defect: 'wrong-result',
    title: 'Too much',
    message: 'It adds too much.',
    trigger: 'Any list.',
  }
  const server = await ollama(
    ({ format, messages, tools }) => {
      if (format === undefined)
        return tools?.length ? reply.calls(read(messages.length), read(messages.length + 50)) : reply.text('It does.')
      const isVerdict = messages.at(-1)?.content.startsWith('Give your verdict') === true
      if (isVerdict) return reply.json({ evidence: quote.trim(), verdict: 'real' })
      const isFirst = messages.at(-1)?.content.includes(quote) === true
      const found = isFirst ? [{ ...finding, severity: 'medium', suggestion: '' }] : []
      return reply.json({ analysis: 'Sums.', findings: found })
    },
    { bytesPerToken: 3, models: [{ name: 'small', contextLength: 4096 }] },
  )
  const run = await localBrain(['-s', 'code-review', '--format', 'json', '-f', 'a.js'], { cwd: root, host: server.url })
  expect(reportOf(run)).toMatchObject({ findings: [{ path: 'a.js', startLine: 2, verified: true }], exitCode: 0 })
  expect(refusals(server)).toEqual([])
  expect(server.violations).toEqual([])
})

test('a divided file keeps the parts that were answered before the server went', async () => {
  const text = code('sum', 6000)
  const { root } = temporaryFolder({ 'a.js': text })
  let answered = 0
  const server = await ollama((request) => {
    answered += 1
    if (answered === 1) return answer(request)
    void server.close()
    return reply.reset()
  }, dense)
  const run = await localBrain(['-s', 'code-review', '--format', 'json', '-f', 'a.js'], { cwd: root, host: server.url })
  const { reviewed, notReviewed, exitCode } = reportOf(run)
  const end = reviewed[0]?.endLine ?? 0
  const lines = text.trimEnd().split('\n').length
  expect(reviewed).toEqual([{ path: 'a.js', startLine: 1, endLine: end }])
  expect(notReviewed).toMatchObject([{ path: 'a.js', startLine: end + 1, endLine: lines, gap: true }])
  expect(exitCode).toBe(3)
})
