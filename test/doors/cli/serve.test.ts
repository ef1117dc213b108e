import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { type Ended, type Invocation, localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

type Act = (url: string, banner: string) => Promise<void>

/** Starts the server as a person would, acts once it listens, and ends it with a signal. */
async function serving(
  args: string[],
  invocation: Invocation,
  act: Act,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<Ended> {
  let kill: (signal: NodeJS.Signals) => void = () => undefined
  let acted: Promise<void> | undefined
  const ended = localBrain(args, {
    ...invocation,
    onStart: (end) => (kill = end),
    onStdout: (text) => {
      const [, url] = /^Listening on (http:\S+) .*\n[\s\S]*OPENAI_BASE_URL.*\n/.exec(text) ?? []
      if (url !== undefined) acted ??= act(url, text).finally(() => kill(signal))
    },
  })
  const done = await ended
  await acted
  return done
}

const ask = async (url: string, headers: object = {}) => {
  const body = JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'What is in a.txt?' }] })
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return { status: response.status, json: await response.json() }
}

const script = () => [reply.calls({ name: 'read_file', arguments: { path: 'a.txt' } }), reply.text('It says one.')]

test('the server prints what to copy into clients, a line for each request, and ends as asked', {
  timeout: 60_000,
}, async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const server = await ollama(script())
  const log = join(temporaryFolder().root, 'log.jsonl')
  const { code, stdout, stderr } = await serving(
    ['serve', '--port', '0', '--log-file', log],
    { cwd: root, host: server.url },
    async (url) => {
      expect(await ask(url)).toMatchObject({
        status: 200,
        json: { choices: [{ message: { content: 'It says one.' } }] },
      })
      // Many at once are no reason for a warning of Node.
      await Promise.all(Array.from({ length: 30 }, async () => (await fetch(`${url}/v1/models`)).text()))
    },
  )
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^Listening on http:\/\/127\.0\.0\.1:\d+ \(scripted:latest, 32768 tokens; tools may read in \S+\)\n/,
  )
  for (const words of [
    'ANTHROPIC_BASE_URL=http://127',
    'CLAUDE_CODE_AUTO_COMPACT_WINDOW=32768',
    'wire_api = "responses"',
    'OPENAI_API_KEY=local',
  ])
    expect(stdout).toContain(words)
  expect(stderr).toMatch(/^chat scripted:latest 200 \d+\.\d s\n$/)
  const events = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string })
  expect(events.find(({ type }) => type === 'request_start')).toMatchObject({ dialect: 'chat', model: 'any' })
  expect(events.find(({ type }) => type === 'request_end')).toMatchObject({ status: 200, model: 'scripted:latest' })
})

test('the options and variables of ollama-tools-proxy mean what they meant', { timeout: 60_000 }, async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const server = await ollama(() => reply.text('Fine.'))
  const env = { OLLAMA_BASE_URL: server.url, OLLAMA_TOOLS_PORT: '0', OLLAMA_TOOLS_HOST: '127.0.0.1' }
  const args = [
    'serve',
    '-w',
    root,
    '--allowed-dirs',
    temporaryFolder().root,
    '--command-allowlist',
    'npm,git',
    '--no-inject-tools',
    '--max-iterations',
    '5',
    '--default-model',
    'scripted',
    '--log-level',
    'WARNING',
  ]
  const { code, stderr } = await serving(
    args,
    { cwd: temporaryFolder().root, env },
    async (url) => {
      expect(await ask(url)).toMatchObject({ status: 200 })
    },
    'SIGINT',
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(server.requests[0]?.tools ?? []).toEqual([])
})

test('what may write has a token, which is printed or comes from the configuration', { timeout: 60_000 }, async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const server = await ollama(() => reply.text('Fine.'))
  const { stderr } = await serving(
    ['serve', '--port', '0', '--allow', 'write'],
    { cwd: root, host: server.url },
    async (url, banner) => {
      const token = /^Token: ([\da-f]{32})$/m.exec(banner)?.[1]
      expect(await ask(url)).toMatchObject({ status: 401 })
      expect(await ask(url, { authorization: `Bearer ${token}` })).toMatchObject({ status: 200 })
    },
  )
  expect(stderr).toContain('! refused 401: POST from 127.0.0.1 (its token is missing or wrong)\n')
  const HOME = temporaryFolder({
    '.config/local-brain/config.yaml': 'serve: { port: 0, token_file: ~/.config/local-brain/token }\n',
    '.config/local-brain/token': 'a-token-in-a-file\n',
  }).root
  await serving(['serve'], { cwd: root, host: server.url, env: { HOME } }, async (url, banner) => {
    expect(banner).not.toContain('a-token-in-a-file')
    expect(await ask(url)).toMatchObject({ status: 401 })
    expect(await ask(url, { 'x-api-key': 'a-token-in-a-file' })).toMatchObject({ status: 200 })
  })
})

test('commands are those that are named, and whoever listens for other machines is warned', {
  timeout: 60_000,
}, async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const run = (command: string) => reply.calls({ name: 'run_command', arguments: { command } })
  const server = await ollama([run('ls'), run('echo hi'), reply.text('Done.')])
  const args = ['serve', '--port', '0', '--allow', 'run', '--commands', 'echo,git status', '--sandbox', 'none']
  const open = [...args, '--bind', '0.0.0.0', '--token', 'a-long-token']
  const { code, stderr } = await serving(open, { cwd: root, host: server.url }, async (url) => {
    expect(await ask(url, { 'x-api-key': 'a-long-token' })).toMatchObject({ status: 200 })
  })
  expect(code).toBe(0)
  expect(stderr).toContain('warning: other machines can connect to 0.0.0.0')
  const results = server.requests[2]?.messages.filter(({ role }) => role === 'tool').map(({ content }) => content)
  expect(results).toEqual([
    expect.stringContaining('Error: only commands that begin with echo, git status may be run'),
    expect.stringMatching(/^exit 0[^]*hi/),
  ])
})

test.each([
  [['--port', '70000'], 2, 'port from 0 to 65535'],
  [['--bind', '0.0.0.0'], 2, 'needs a token'],
  [['--token', 'short'], 2, 'too short'],
  [['--reload'], 2, 'no --reload'],
  [['--inject', 'sometimes'], 2, 'auto'],
  [['--root', 'no-such-folder'], 2, 'does not exist'],
  [['--root', '/dev/null/x'], 2, 'does not exist'],
])('serve %s ends with %s', async (args, code, words) => {
  const ended = await localBrain(['serve', '--port', '0', ...args], { cwd: temporaryFolder().root })
  expect(ended).toMatchObject({ code, stdout: '' })
  expect(ended.stderr).toContain(words)
})

test('a port in use is said, with another way', { timeout: 60_000 }, async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  const server = await ollama([])
  await serving(['serve', '--port', '0'], { cwd: root, host: server.url }, async (url) => {
    const { port } = new URL(url)
    const ended = await localBrain(['serve', '--port', port], { cwd: root, host: server.url })
    expect(ended).toMatchObject({
      code: 3,
      stderr: `error: Port ${port} is in use\nhint: local-brain serve --port 0\n`,
    })
  })
})
