import { describe, expect, test } from 'vitest'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { git as gitNow } from '../../workspace.ts'
import { displayWidth } from '../../../src/text/width.ts'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { framesOf, hasTerminal, onTerminal, textOf } from '../cli/terminal.ts'
import { finding, git, hooked } from './hook-run.ts'

const change = { 'src/a.js': 'export const a = 1\n' }

describe.skipIf(!hasTerminal)('on a terminal a hook shows what git waits for', () => {
  test.each([['pre-commit', '{"analysis":"'] as const, ['prepare-commit-msg', '{"type":"'] as const])(
    '%s, and takes it away',
    async (hook, start) => {
      const middle = hold()
      const script = () => reply.text(start, middle, 'x","findings":[],"scope":"none","subject":"add a","why":""}')
      const { root, env, server, write } = await hooked({ hook, script })
      for (const [path, text] of Object.entries(change)) write(path, text)
      await git(root, ['add', '-A'], env)
      const args = hook === 'pre-commit' ? ['commit', '-m', 'x'] : ['commit']
      const through = ['git']
      const editor = { GIT_EDITOR: 'cat' }
      const terminal = onTerminal(args, root, server.url, { through, env: { ...env, ...editor } })
      await terminal.shows(/writing/)
      middle.release()
      const shown = await terminal.ended
      expect(framesOf(shown).length).toBeGreaterThan(0)
      // The last frame is cleared before anything else stands there.
      const [, last = ''] = /.*([⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏][^]*)$/s.exec(shown) ?? []
      expect(last).toMatch(/^[^\r\n]*\r\u001b\[2K/)
    },
  )

  test('pre-push too', async () => {
    const middle = hold()
    const script = () => reply.text('{"analysis":"', middle, 'x","findings":[]}')
    const { root, env, server, write, git: now } = await hooked({ hook: 'pre-push', script })
    const remote = temporaryFolder().root
    gitNow(remote, 'init', '-q', '--bare', '-b', 'main')
    now('remote', 'add', 'origin', remote)
    now('push', '-q', '--no-verify', 'origin', 'main')
    for (const [path, text] of Object.entries(change)) write(path, text)
    now('add', '-A')
    now('commit', '-qm', 'x')
    const terminal = onTerminal(['push', '-q', 'origin', 'HEAD'], root, server.url, { through: ['git'], env })
    await terminal.shows(/writing/)
    middle.release()
    expect(await terminal.ended).toMatch(/local-brain: No findings/)
  })
})

describe.skipIf(!hasTerminal).each([40, 80, 120])('on a terminal of %i columns', (columns) => {
  test('a commit shows its findings as a review does, and no part of a secret', async () => {
    const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ012345'
    const message = `It gives another value than its name says, as with ${secret} and with every other one.`
    const claim = { ...finding('export const a = 1'), message }
    const script = (request: ChatBody) =>
      request.format === undefined ? reply.text('It happens.') : reply.json({ analysis: 'x', findings: [claim] })
    const { root, env, server, write } = await hooked({ script })
    for (const [path, text] of Object.entries(change)) write(path, text)
    await git(root, ['add', '-A'], env)
    const shown = await onTerminal(['commit', '-qm', 'x'], root, server.url, { through: ['git'], columns, env }).ended
    expect(shown).toContain('\u001b[33mmedium\u001b[39m 1: The result is wrong')
    // oxlint-disable-next-line no-control-regex
    const text = textOf(shown).replaceAll(/\u001b\[[\d;]*m/g, '')
    expect(text).toMatch(/^local-brain: 1 finding \(1 medium\)/m)
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    expect(text).not.toMatch(/0123456789|ABCDEFGHIJ/)
  })
})

test.skipIf(!hasTerminal)('on a narrow terminal no word of why there was no review is broken', async () => {
  const { root, env, server, write } = await hooked({ script: () => reply.error(500, 'no'), options: ['--strict'] })
  await server.close()
  for (const [path, text] of Object.entries(change)) write(path, text)
  await git(root, ['add', '-A'], env)
  const through = ['git']
  const shown = textOf(await onTerminal(['commit', '-qm', 'x'], root, server.url, { through, columns: 60, env }).ended)
  expect(shown).toMatch(/^local-brain: review skipped: [^]*\n {13}\S[^]*\nto pass: [^]*\n {9}\S/m)
  for (const line of shown.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(60)
})

test('without a terminal there is nothing of it', async () => {
  const { root, env, commit, write } = await hooked({ script: () => reply.json({ analysis: 'x', findings: [] }) })
  for (const [path, text] of Object.entries(change)) write(path, text)
  await git(root, ['add', '-A'], env)
  const { stderr } = await commit(['-m', 'x'])
  expect(stderr).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]|\u001b|reading|writing/)
})
