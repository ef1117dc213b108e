import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { localBrain } from '../doors/cli/local-brain.ts'
import { serveHttp } from '../engines/http-server.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'
import { attackWith, read } from './attack.ts'
import { ollama } from '../doors/cli/ollama.ts'

/** Window title, clipboard, a link, DCS, C1, overwriting, bidi, tags, zero width, a lone surrogate's neighbours. */
const nasty =
  '\u001b]0;title\u0007\u001b]52;c;ZXZpbA==\u0007\u001b]8;;http://evil\u001b\\\u001bP1;x\u001b\\\u009b2J\u0085' +
  'safe\rEVIL\b\u007f\u202egnp.exe\u2066\u200b\u2028\ufeff\u{e0041}\u{e0100}'

/** What must never stand in anything that is written; an end of line and a tab may. */
// oxlint-disable-next-line no-misleading-character-class
const forbidden =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e01ef}]/u

function expectClean(text: string, what: string) {
  expect({ what, found: forbidden.exec(text)?.[0].codePointAt(0)?.toString(16) }).toEqual({ what, found: undefined })
}

/** Replies of a model that puts it everywhere: tool names, arguments, text. */
const hostileModel = () => [
  reply.calls(read(nasty), { name: `tool${nasty}`, arguments: { path: 'a.txt' } }, read('a.txt')),
  reply.text(`Answer ${nasty}`, '\n```js\n', nasty, '\n```\n'),
]

test.each(['markdown', 'compact', 'json'])('nothing of a model or a file controls the terminal: %s', async (format) => {
  const { root } = repository({ 'a.txt': `text ${nasty}\n` })
  const server = await ollama(hostileModel())
  const run = await localBrain(['-v', '--format', format, 'what is this?'], { cwd: root, host: server.url })
  expect(run.code).toBe(0)
  expectClean(run.stdout, 'standard output')
  expectClean(run.stderr, 'standard error')
  expect(run.stdout).toContain('EVIL')
})

test('JSON loses nothing by it, in the report, the plan and the log', async () => {
  const { root } = repository({ 'a.txt': `text ${nasty}\n` })
  const server = await ollama(hostileModel())
  const log = join(temporaryFolder().root, 'log.jsonl')
  const args = ['--format', 'json', '--log-file', log, 'what is this?']
  const run = await localBrain(args, { cwd: root, host: server.url })
  expect((JSON.parse(run.stdout) as { answer: string }).answer).toContain(nasty)
  expectClean(readFileSync(log, 'utf8'), 'log')
  const plan = await localBrain(['--dry-run', '--format', 'json', '-s', 'explain', '-f', 'a.txt'], { cwd: root })
  expectClean(plan.stdout, 'plan')
  const { requests } = JSON.parse(plan.stdout) as { requests: { messages: { content: string }[] }[] }
  expect(requests[0]?.messages.at(-1)?.content).toContain(nasty)
})

// Guards: doors/cli/dry-run.ts, escapeText and escapeLine; doors/cli/failure.ts, oneLine; doors/cli/deliver.ts, escapeLine(warning).
test('nor do names of files and branches', async () => {
  const name = `a${nasty.replaceAll(/[/\u0000]/g, '')}.txt`
  const { root, write, git } = repository({ 'a.txt': 'one\n' })
  write(name, Buffer.from([0x6f, 0xff, 0x0a]))
  git('add', '-A')
  for (const args of [
    ['--git-diff', '-s', 'summarize'],
    ['-f', name, '-s', 'explain'],
    ['-d', '.', '-s', 'explain'],
  ]) {
    const run = await localBrain(['--dry-run', ...args], { cwd: root })
    expectClean(run.stdout + run.stderr, args.join(' '))
  }
  const { results } = await attackWith(
    [
      { name: 'git_status', arguments: {} },
      { name: 'list_directory', arguments: {} },
    ],
    root,
  )
  expect(results).toHaveLength(2)
})

// Guards: engines/http/server-text.ts, safeText; doors/cli/table.ts and doors/cli/commands/doctor.ts, escapeLine.
test('nor does a server, in its errors, its version and the names of its models', async () => {
  const { root } = temporaryFolder({ 'a.txt': 'one\n' })
  const failing = await serveHttp((_, response) => {
    response.writeHead(500, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error: `no ${nasty}` }))
  })
  const odd = await serveHttp(({ url }, response) => {
    const model = { name: `m${nasty}:latest`, model: `m${nasty}`, size: 1, digest: 'a'.repeat(64), details: {} }
    const replies: Record<string, unknown> = {
      '/api/version': { version: `0.32.15${nasty}` },
      '/api/tags': { models: [model] },
      '/api/ps': { models: [] },
    }
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(replies[url ?? ''] ?? {}))
  })
  for (const { url } of [failing, odd]) {
    for (const args of [['hello'], ['models'], ['doctor'], ['--format', 'json', 'hello']]) {
      const run = await localBrain(args, { cwd: root, host: url })
      expectClean(run.stdout + run.stderr, `${args.join(' ')} at ${url}`)
      expect([0, 2, 3, 4]).toContain(run.code)
    }
  }
  await Promise.all([failing.close(), odd.close()])
})

test('nor do arguments that somebody pasted', async () => {
  const { root } = temporaryFolder()
  const pasted = nasty.replaceAll('\u0000', '')
  for (const args of [
    ['-s', pasted, 'x'],
    ['-f', pasted],
    ['--root', pasted, 'x'],
    ['--host', pasted, 'x'],
    [`--${pasted}`],
    ['-m', pasted, '--host', 'ollama.com', 'x'],
    ['skills', 'show', pasted],
    ['skills', 'new', pasted],
    ['trust', pasted],
    ['skills', 'check', `${pasted}.yaml`],
    ['completion', pasted],
    ['--base', pasted],
    ['--format', pasted],
  ]) {
    const run = await localBrain(args, { cwd: root })
    expectClean(run.stdout + run.stderr, JSON.stringify(args))
    expect([2, 3]).toContain(run.code)
  }
})
