import { spawn } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test, type TestContext } from 'vitest'
import { command } from '../doors/cli/local-brain.ts'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { environment } from '../workspace.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'
import { type Installed, installClients } from './install.ts'
import { served, started as startServer } from './started.ts'

let installed: Installed

beforeAll(() => {
  installed = installClients()
  for (const reason of installed.reasons) console.log(reason)
})

/** The program, or a skipped test that says why. */
function needed(context: TestContext, name: string): string {
  const found = installed.program(name)
  if (found === undefined) context.skip(`${name} could not be installed`)
  return found ?? ''
}

/** How each client's own tool reads a file: the model asks for whichever it is offered. */
const readers: [name: string, args: (path: string) => Record<string, unknown>][] = [
  ['Read', (path) => ({ file_path: path })],
  ['exec_command', (path) => ({ cmd: `cat ${path}` })],
  ['shell_command', (path) => ({ command: `cat ${path}` })],
  ['shell', (path) => ({ command: ['cat', path] })],
  ['read', (path) => ({ filePath: path, path: 'note.txt' })],
  ['llm_version', () => ({})],
]

/** The built server in front of a scripted model that greets, and reads the note when it is asked about it. */
async function started() {
  const { root } = repository({ 'note.txt': 'forty-two\n' })
  const note = join(root, 'note.txt')
  const url = await served({
    cwd: root,
    script: ({ messages, tools }) => {
      const names = (tools ?? []).map((tool) => (tool as { function: { name: string } }).function.name)
      const last = messages.at(-1)
      if (last?.role === 'tool')
        return reply.text(`The note says: ${(/forty-two/.exec(last.content) ?? /\d+\.\d+/.exec(last.content))?.[0]}`)
      const reader = readers.find(([name]) => names.includes(name))
      const isAsked = messages.some(({ role, content }) => role === 'user' && content.includes('note.txt'))
      if (reader === undefined || !isAsked) return reply.text('Hello ', 'there.')
      const [name, args] = reader
      const wanted = names.length === 1 && name === 'read' ? { path: 'note.txt' } : args(note)
      return reply.calls({ name, arguments: wanted })
    },
  })
  return { url, root }
}

/** What a client prints, with an empty home and its input closed. */
function printed(file: string, args: string[], { cwd, env }: { cwd: string; env: Record<string, string> }) {
  const child = spawn(file, args, {
    cwd,
    env: { ...environment, HOME: temporaryFolder().root, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const timer = setTimeout(() => child.kill('SIGKILL'), 150_000)
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, out, err })
    })
  })
}

const note = 'What does note.txt say?'

const claudeForms: [more: string[]][] = [[[]], [['--bare']]]

function claudeEnv(url: string, more: readonly string[]): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_AUTH_TOKEN: 'local',
    ...(more.length > 0 && { ANTHROPIC_API_KEY: 'local' }),
    CLAUDE_CODE_ATTRIBUTION_HEADER: '0',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  }
}

test.for(claudeForms)('Claude Code answers, and uses its own tools %s', async ([more], context) => {
  const claude = needed(context, 'claude')
  const { url, root } = await started()
  const env = { ...claudeEnv(url, more), CLAUDE_CODE_AUTO_COMPACT_WINDOW: '32768' }
  const args = [...more, '--model', 'scripted', '--allowedTools', 'Read', '-p']
  expect(await printed(claude, [...args, 'Say hello'], { cwd: root, env })).toMatchObject({
    code: 0,
    out: expect.stringContaining('Hello there.'),
  })
  expect(await printed(claude, [...args, note], { cwd: root, env })).toMatchObject({
    code: 0,
    out: expect.stringContaining('The note says: forty-two'),
  })
})

test.for(claudeForms)(
  'Claude Code compacts when it is told that its prompt is too long %s',
  async ([more], context) => {
    const claude = needed(context, 'claude')
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.txt`)
    const { root } = repository(Object.fromEntries(names.map((name) => [name, `some words of ${name}\n`.repeat(1000)])))
    // It is not told the window, and takes the model for one that has a million tokens.
    const { url, child } = await startServer({
      cwd: root,
      args: ['--num-ctx', '32768'],
      script({ messages }) {
        if (messages.at(-1)?.content.startsWith('CRITICAL: Respond with TEXT ONLY')) {
          return reply.text('<summary>Five files have to be read.</summary>')
        }
        if (messages.some(({ content }) => content.includes('Five files have')))
          return reply.text('All of them are read.')
        const name = names[messages.filter(({ role }) => role === 'tool').length] ?? ''
        return reply.calls({ name: 'Read', arguments: { file_path: join(root, name) } })
      },
    })
    let requests = ''
    child.stderr.on('data', (chunk: Buffer) => (requests += chunk.toString()))
    const args = [
      ...more,
      '--model',
      'scripted',
      '--allowedTools',
      'Read',
      '--verbose',
      '--output-format',
      'stream-json',
    ]
    const env = claudeEnv(url, more)
    const { code, out } = await printed(claude, [...args, '-p', 'Read all files'], { cwd: root, env })
    expect(requests).toContain('messages scripted:latest 400')
    const events = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as object]))
    expect(events).toContainEqual(expect.objectContaining({ status: 'compacting' }))
    expect(events.at(-1)).toMatchObject({ type: 'result', is_error: false, result: 'All of them are read.' })
    expect(code).toBe(0)
  },
)

/** The built server in front of a model that finds the skills of this program among the client's tools, and runs one. */
async function startedWithSkills() {
  const { root } = repository({ 'note.txt': 'forty-two\n' })
  const { url, ollama } = await startServer({
    cwd: root,
    script({ messages, tools }) {
      const named = (end: string) => JSON.stringify(tools ?? []).match(new RegExp(`"([\\w-]+${end})"`))?.[1]
      const [list, run] = [named('__list_skills'), named('__run_skill')]
      // It is also the model of the skill.
      if (list === undefined || run === undefined) return reply.text('The note is a number.')
      const results = messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))
      if (results.length === 0) return reply.calls({ name: list, arguments: {} })
      if (results.length > 1) return reply.text(`Told: ${results[1]}`)
      return reply.calls({ name: run, arguments: { skill: 'explain', files: ['note.txt'] } })
    },
  })
  const script = `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`
  const bin = temporaryFolder({ 'local-brain': script }).root
  chmodSync(join(bin, 'local-brain'), 0o755)
  return { url, root, env: { PATH: `${bin}:${environment.PATH}`, OLLAMA_HOST: ollama.url } }
}

const toldByMcp = { code: 0, out: expect.stringMatching(/Told: [^]*The note is a number\./) as string }

test('Claude Code runs a skill through the plugin', async (context) => {
  const claude = needed(context, 'claude')
  const { url, root, env } = await startedWithSkills()
  const plugin = join(import.meta.dirname, '..', '..', 'plugins', 'local-brain')
  const allowed = ['--allowedTools', 'mcp__plugin_local-brain_local-brain']
  const args = ['--plugin-dir', plugin, '--model', 'scripted', ...allowed, '-p', 'Explain the note.']
  expect(await printed(claude, args, { cwd: root, env: { ...env, ...claudeEnv(url, []) } })).toMatchObject(toldByMcp)
})

test('Codex runs a skill over MCP', async (context) => {
  const codex = needed(context, 'codex')
  const { url, root, env } = await startedWithSkills()
  const server = '[mcp_servers.local-brain]\ncommand = "local-brain"\nargs = ["mcp"]\nenv_vars = ["OLLAMA_HOST"]\n'
  const CODEX_HOME = temporaryFolder({ 'config.toml': codexConfig(url) + server }).root
  const args = ['exec', '--skip-git-repo-check', '--sandbox', 'danger-full-access', 'Explain the note.']
  expect(await printed(codex, args, { cwd: root, env: { ...env, CODEX_HOME } })).toMatchObject(toldByMcp)
})

function codexConfig(url: string): string {
  return `model = "scripted"\nmodel_provider = "local-brain"\n[model_providers.local-brain]\nname = "local-brain"\nbase_url = "${url}/v1"\nwire_api = "responses"\n`
}

test('Codex answers, and uses its own tools', async (context) => {
  const codex = needed(context, 'codex')
  const { url, root } = await started()
  const env = { CODEX_HOME: temporaryFolder({ 'config.toml': codexConfig(url) }).root }
  const args = ['exec', '--skip-git-repo-check', '--sandbox', 'danger-full-access']
  expect(await printed(codex, [...args, 'Say hello'], { cwd: root, env })).toMatchObject({
    code: 0,
    out: expect.stringContaining('Hello there.'),
  })
  expect(await printed(codex, [...args, note], { cwd: root, env })).toMatchObject({
    code: 0,
    out: expect.stringContaining('The note says: forty-two'),
  })
})

test('opencode answers, and uses its own tools', async (context) => {
  const opencode = needed(context, 'opencode')
  const { url, root } = await started()
  const provider = {
    npm: '@ai-sdk/openai-compatible',
    name: 'local-brain',
    options: { baseURL: `${url}/v1`, apiKey: 'local' },
    models: { scripted: { name: 'scripted', tool_call: true } },
  }
  const config = JSON.stringify({
    $schema: 'https://opencode.ai/config.json',
    provider: { local: provider },
    model: 'local/scripted',
    small_model: 'local/scripted',
    autoupdate: false,
    share: 'disabled',
  })
  const env = { OPENCODE_CONFIG_CONTENT: config, OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' }
  const hello = await printed(opencode, ['run', 'Say hello'], { cwd: root, env })
  expect(hello).toMatchObject({ code: 0, out: expect.stringContaining('Hello there.') })
  expect(await printed(opencode, ['run', note], { cwd: root, env })).toMatchObject({
    code: 0,
    out: expect.stringContaining('The note says: forty-two'),
  })
})

test('llm answers plain and streamed, and uses a tool', async (context) => {
  const llm = needed(context, 'llm')
  const { url, root } = await started()
  const yaml = `- model_id: local\n  model_name: scripted\n  api_base: ${url}/v1\n  supports_tools: true\n`
  const env = { LLM_USER_PATH: temporaryFolder({ 'extra-openai-models.yaml': yaml }).root, OPENAI_API_KEY: 'local' }
  for (const more of [[], ['--no-stream']]) {
    expect(await printed(llm, ['-m', 'local', ...more, 'Say hello'], { cwd: root, env })).toMatchObject({
      code: 0,
      out: 'Hello there.\n',
    })
  }
  const asked = await printed(llm, ['-m', 'local', '-T', 'llm_version', 'Which version, and note.txt?'], {
    cwd: root,
    env,
  })
  expect(asked).toMatchObject({ code: 0, out: expect.stringMatching(/^The note says: \d+\.\d+\n$/) })
})

test("OpenAI's and Anthropic's clients in Python: plain, streamed, and with a tool", async (context) => {
  const { python } = installed
  if (python === undefined) return context.skip('Python packages could not be installed')
  const { url, root } = await started()
  const script = join(import.meta.dirname, 'sdks.py')
  expect(await printed(python, [script, url], { cwd: root, env: {} })).toMatchObject({ code: 0, out: 'all well\n' })
})
