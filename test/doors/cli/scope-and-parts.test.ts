import { describe, expect, test } from 'vitest'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { code } from './code.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'
import { plan } from './plan.ts'

const clean = { analysis: 'Nothing here goes wrong.', findings: [] }

function answer(request: ChatBody) {
  return request.format === undefined ? reply.text('A list of sums.') : reply.json(clean)
}

describe('a large file', () => {
  test('reviewed in many pieces counts as that many parts, in every format', async () => {
    const { root } = temporaryFolder({ 'big.js': code('sum', 60_000) })
    const server = await ollama(answer)
    const asked = async (format: string) => {
      const run = await localBrain(['-f', 'big.js', '--format', format], { cwd: root, host: server.url })
      return run.stdout
    }
    const { reviewed, parts } = reportOf(
      await localBrain(['-f', 'big.js', '--format', 'json'], { cwd: root, host: server.url }),
    )
    const count = server.requests.length
    expect(count).toBeGreaterThan(3)
    expect(parts).toEqual({ reviewed: count, of: count })
    expect(reviewed).toHaveLength(1)
    expect(await asked('markdown')).toContain(`Reviewed: 1 file, ${count} parts. Not reviewed: nothing`)
    expect(await asked('github')).toContain(`Reviewed: 1 file, ${count} parts. Not reviewed: nothing`)
    expect(await asked('compact')).toContain(`${count}/${count} parts reviewed`)
  })

  test('of which a piece got no answer counts those that did, and names the others', async () => {
    const { root } = temporaryFolder({ 'big.js': code('sum', 60_000) })
    const server = await ollama((request, { index }) => (index < 2 ? answer(request) : reply.text('no')))
    const run = await localBrain(['-f', 'big.js'], { cwd: root, host: server.url })
    expect(run.stdout).toMatch(/Reviewed: 1 file, 2 parts\. Not reviewed: big\.js:\d+-\d+ \(no usable reply: /)
  })

  test.each(['code-review', 'explain', 'summarize', 'pr-description'])(
    'takes %s as many requests as the dry run planned',
    async (skill) => {
      const { root } = temporaryFolder({ 'big.js': code('sum', 130_000), 'small.js': 'export const a = 1\n' })
      const server = await ollama(answer)
      const args = ['-s', skill, '-f', 'big.js,small.js']
      const { requests } = await plan(args, root)
      await localBrain(args, { cwd: root, host: server.url })
      expect(requests.length).toBeGreaterThan(2)
      expect(server.requests).toHaveLength(requests.length)
    },
  )

  test('has its closing request in the dry run, with a word in place of each answer', async () => {
    const { root } = temporaryFolder({ 'big.js': code('sum', 130_000) })
    const run = await localBrain(['-s', 'explain', '-f', 'big.js', '--dry-run'], { cwd: root })
    expect(run.stdout).toMatch(/--- request 4: the answers, combined .*\noptions: .*\ntools: none\n/)
    expect(run.stdout).toContain('[the answer]')
  })
})

describe('whether the changes were staged stands', () => {
  /** `a.js` changed in a repository. */
  function changed(isStaged: boolean) {
    const folder = repository({ 'a.js': 'export const a = 1\n' })
    folder.write('a.js', 'export const a = 2\n')
    if (isStaged) folder.git('add', 'a.js')
    return folder.root
  }

  const places: [string, (kind: string) => string | RegExp][] = [
    ['markdown', (kind) => `Scope: the ${kind} changes. Reviewed: 1 file, 1 part.`],
    ['github', (kind) => `Scope: the ${kind} changes. Reviewed: 1 file, 1 part.`],
    ['compact', (kind) => `scope=${kind}\n`],
    ['json', (kind) => `"kind": "${kind}"`],
    ['sarif', (kind) => `"scope": "${kind}"`],
    ['rdjson', (kind) => `"name": "local-brain (${kind} changes)"`],
  ]
  test.each(places)('in %s', async (format, words) => {
    const server = await ollama(answer)
    for (const kind of ['staged', 'unstaged']) {
      const cwd = changed(kind === 'staged')
      const run = await localBrain(['--git-diff', '--format', format], { cwd, host: server.url })
      expect(run.stdout).toContain(words(kind))
      if (format === 'compact') expect(run.stderr).toBe('')
    }
  })

  test('and not of files, where nothing is staged or unstaged', async () => {
    const server = await ollama(answer)
    const run = await localBrain(['-f', 'a.js'], { cwd: changed(true), host: server.url })
    expect(run.stdout).toMatch(/^Reviewed: 1 file, 1 part\. Not reviewed: nothing$/m)
  })

  test('beside an answer in prose, which may be meant for another program, on standard error', async () => {
    const server = await ollama(answer)
    const run = await localBrain(['-s', 'commit-message', '--git-diff'], { cwd: changed(false), host: server.url })
    expect(run.stdout).toBe('A list of sums\n')
    expect(run.stderr).toBe('note: nothing is staged, so this is about the unstaged changes\n')
    const staged = await localBrain(['-s', 'commit-message', '--git-diff'], { cwd: changed(true), host: server.url })
    expect(staged.stderr).toBe('')
  })
})

describe('-v gives the wait for a reply that the limit cut off to the model', () => {
  const timesOf = (stderr: string) => {
    const [, ours = '', cut = ''] = /^· \d+ ms: ours (\d+), .*replies that were cut off (\d+)$/m.exec(stderr) ?? []
    return { ours: Number(ours), cut: Number(cut) }
  }

  test.each([
    ['an answer', ['what is it?']],
    ['a review', ['-f', 'a.js']],
  ])('in %s', async (_, args) => {
    const { root } = temporaryFolder({ 'a.js': 'export const a = 1\n' })
    const server = await ollama(() => reply.text('It ', hold(), 'is.'))
    const run = await localBrain([...args, '-v', '--timeout', '3'], { cwd: root, host: server.url })
    const { ours, cut } = timesOf(run.stderr)
    expect(cut).toBeGreaterThan(ours)
    expect(ours + cut).toBeGreaterThan(1500)
  })

  test('and counts the request, whose times nobody knows', async () => {
    const { root } = temporaryFolder({ 'a.js': 'export const a = 1\n' })
    const server = await ollama(() => reply.text('It ', hold(), 'is.'))
    const run = await localBrain(['-f', 'a.js', '--format', 'json', '--timeout', '2'], { cwd: root, host: server.url })
    expect(reportOf(run)).toMatchObject({ stop: 'time_limit', usage: { modelCalls: 1, outputMs: 0 } })
  })

  test('and says nothing of the kind when every reply came', async () => {
    const { root } = temporaryFolder({ 'a.js': 'export const a = 1\n' })
    const server = await ollama(answer)
    const run = await localBrain(['-f', 'a.js', '-v'], { cwd: root, host: server.url })
    expect(run.stderr).toMatch(/^· \d+ ms: ours \d+, load \d+, prompt \d+, answer \d+$/m)
  })
})
