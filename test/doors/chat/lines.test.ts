import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply, type ScriptSource } from '../../scripted-ollama/scripted-ollama.ts'
import { createFolder, createRepository } from '../../workspace.ts'
import { localBrain } from '../cli/local-brain.ts'
import { ollama, toldText } from '../cli/ollama.ts'

const edit = (path: string, old: string, now: string) => ({
  name: 'str_replace',
  arguments: { file_path: path, old_str: old, new_str: now },
})

/** A chat whose lines come through a pipe. */
async function chat(
  lines: string,
  script: ScriptSource,
  { args = [] as string[], root = createFolder({ 'a.txt': 'one\n' }), home = createFolder() } = {},
) {
  const server = await ollama(script)
  const run = await localBrain(['chat', ...args], { cwd: root, host: server.url, stdin: lines, env: { HOME: home } })
  const state = join(home, '.local', 'state', 'local-brain')
  return { ...run, server, root, home, state }
}

/** The lines of each session that was kept. */
function sessionsIn(state: string): { file: string; lines: Record<string, unknown>[] }[] {
  const top = join(state, 'sessions')
  return readdirSync(top).flatMap((project) =>
    readdirSync(join(top, project)).map((name) => {
      const file = join(top, project, name)
      const lines = readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
      return { file, lines }
    }),
  )
}

describe('without a terminal', () => {
  test('each line is a message, and standard output has the answers and nothing else', async () => {
    const { stdout, code, server } = await chat('hello\n\nand you?\n', [reply.text('Hi.'), reply.text('**Fine.**')])
    expect(stdout).toBe('Hi.\n**Fine.**\n')
    expect(code).toBe(0)
    expect(server.requests[1]?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user'])
    expect(server.violations).toEqual([])
  })

  test('only the commands that are named may be run, and none where that is said as well', async () => {
    const run = { name: 'run_command', arguments: { command: 'ls' } }
    const script = () => [reply.calls(run), reply.text('Done.')]
    const args = ['--allow', 'run', '--sandbox', 'none', '--commands', 'echo', '--commands', 'git status']
    const some = await chat('list it\n', script(), { args })
    expect(some.stdout).toBe('Done.\n')
    expect(toldText(some.server)).toContain('Error: only commands that begin with echo, git status may be run')
    for (const more of [
      ['--no-commands', ...args],
      [...args, '--no-commands'],
    ]) {
      const { server } = await chat('list it\n', script(), { args: more })
      expect(JSON.stringify(server.requests[0]?.tools)).not.toContain('run_command')
    }
  })

  test('nothing is asked: what is not allowed is not offered, and what is changed can be taken back later', async () => {
    const reading = await chat('hello\n', [reply.text('Hi.')])
    const offered = JSON.stringify(reading.server.requests[0]?.tools)
    expect(offered).toContain('read_file')
    expect(offered).not.toContain('edit_file')
    const root = createRepository({ 'a.txt': 'one\n' })
    const writing = await chat('change it\n', [reply.calls(edit('a.txt', 'one', 'two')), reply.text('Done.')], {
      args: ['--allow', 'write'],
      root,
    })
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('two\n')
    expect(writing.stdout).toBe('Done.\n')
    expect(writing.stderr).toContain('M a.txt +1 −1')
    const undo = await localBrain(['undo'], { cwd: root, env: { HOME: writing.home } })
    expect(undo.stdout).toContain('a.txt is as it was before')
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('one\n')
  })

  test('no line gives consent or writes a file: a pipe may hold anything', async () => {
    const { stderr, server, code } = await chat(
      '/allow run\n/save x.md\n!touch x\n/nonsense\n/usr/bin is what?\n',
      (request) => reply.text(`You said ${request.messages.at(-1)?.content}`),
    )
    expect(stderr).toContain('error: /allow needs a person at a terminal')
    expect(stderr).toContain('error: /save needs a person at a terminal')
    expect(stderr).toContain('error: There is no command /nonsense')
    expect(server.requests.map(({ messages }) => messages.at(-1)?.content)).toEqual(['!touch x', '/usr/bin is what?'])
    expect(code).toBe(2)
  })

  test('another folder can be read by its absolute path, and is never written', async () => {
    const other = createFolder({ 'lib.txt': 'beside\n' })
    const path = join(other, 'lib.txt')
    const { server } = await chat(
      'look\n',
      [reply.calls({ name: 'read_file', arguments: { path } }, edit(path, 'beside', 'changed')), reply.text('Done.')],
      { args: ['--add-dir', other, '--allow', 'write'] },
    )
    const told = server.requests[1]?.messages.filter(({ role }) => role === 'tool').map(({ content }) => content) ?? []
    expect(told[0]).toContain('beside')
    expect(told[1]).toMatch(/^Error: /)
    expect(readFileSync(path, 'utf8')).toBe('beside\n')
    expect(server.requests[0]?.messages[0]?.content).toContain(
      `These folders can be read too, by absolute paths: ${other}`,
    )
  })

  test('a conversation that is shortened says so, and goes on from the notes', async () => {
    const script = ['Hi.', 'Yes.', 'No.', 'Goal: greet.', 'Again.'].map((text) => reply.text(text))
    const lines = `${'hello '.repeat(200)}\none\ntwo\n/compact\nand again\n`
    const { server, stderr, state } = await chat(lines, script)
    expect(stderr).toMatch(/^~ the conversation was shortened to notes: \d+ → \d+ tokens$/m)
    expect(server.requests.at(-1)?.messages[1]?.content).toContain('Goal: greet.')
    expect(sessionsIn(state)[0]?.lines.map(({ type }) => type)).toContain('compact')
  })

  test('the exit code is that of the worst turn, and the chat goes on after it', async () => {
    const { stdout, stderr, code } = await chat('one\ntwo\n', ({ messages }) =>
      messages.at(-1)?.content === 'one' ? reply.error(400, 'it broke') : reply.text('Two.'),
    )
    expect(stdout).toBe('Two.\n')
    expect(stderr).toMatch(/^error: .*\nhint: /m)
    expect(code).toBe(3)
  })
})

describe('a session', () => {
  test('is kept privately, line by line, without secrets', async () => {
    const key = `sk-ant-api03-${'a1B2'.repeat(20)}AA`
    const root = createRepository({ 'a.txt': 'one\n' })
    const { state } = await chat(
      `my key is ${key}\n`,
      [reply.calls(edit('a.txt', 'one', 'two')), reply.text('Done.')],
      { args: ['--allow', 'write'], root },
    )
    const [session] = sessionsIn(state)
    expect(statSync(session?.file ?? '').mode & 0o777).toBe(0o600)
    expect(session?.lines.map(({ type }) => type)).toEqual([
      undefined,
      'user',
      'assistant',
      'approval',
      'tool',
      'assistant',
      'change',
    ])
    expect(session?.lines[0]).toMatchObject({ schema: 'local-brain.session/1', root, skill: 'chat' })
    expect(JSON.stringify(session?.lines)).not.toContain(key)
  })

  test('is gone on with by -c, and so is the answer of a run', async () => {
    const first = await chat('hello\n', [reply.text('Hi.')])
    const { root, home } = first
    const second = await chat('', [reply.text('Again.')], { args: ['-c', 'once more'], root, home })
    expect(second.server.requests[0]?.messages.map(({ content }) => content).slice(1)).toEqual([
      'hello',
      'Hi.',
      'once more',
    ])
    expect(sessionsIn(second.state)).toHaveLength(1)
    const server = await ollama([reply.text('Alpha is the first.')])
    await localBrain(['what is alpha?'], { cwd: root, host: server.url, env: { HOME: home } })
    const third = await ollama([reply.text('Yes.')])
    const run = await localBrain(['-c', 'sure?'], { cwd: root, host: third.url, env: { HOME: home } })
    expect(run).toMatchObject({ stdout: 'Yes.\n', code: 0 })
    expect(toldText(third)).toContain('Alpha is the first.')
    expect(toldText(third)).not.toContain('once more')
  })

  test('of a review can be asked about by the number of a finding; what means nothing then is refused', async () => {
    const root = createFolder({ 'a.txt': 'one\n' })
    const wrong = await localBrain(['-c', 'why?', '--fail-on', 'high'], { cwd: root })
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--fail-on has no effect with -c') })
    const nothing = await localBrain(['-c', 'why?'], { cwd: root })
    expect(nothing.stderr).toContain('There is nothing to continue')
  })

  test('is not kept when nobody wants that', async () => {
    const { state } = await chat('hello\n', [reply.text('Hi.')], { args: ['--no-session'] })
    expect(readdirSync(state)).not.toContain('sessions')
  })
})

test('the status says what is really offered where nobody can be asked', async () => {
  const { stdout, stderr } = await chat('/status\n', [])
  expect(stdout + stderr).toContain('Allowed: reads, and nothing else\nSandbox: not needed, since no commands are run')
})
