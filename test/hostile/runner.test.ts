import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { git as gitAsync, hooked } from '../doors/hooks/hook-run.ts'
import { ollama } from '../doors/cli/ollama.ts'
import { type Invocation, command, localBrain } from '../doors/cli/local-brain.ts'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'

const hostile = [
  '::stop-commands::x',
  '  \t::set-env name=PATH::/evil',
  '\u00a0::add-path::/evil',
  ':::error::three',
  '##[add-mask]e',
  'text ##[add-path]/evil',
  'text ##vso[task.setvariable variable=a]evil',
  "##teamcity[buildStatus status='SUCCESS']",
]
const text = hostile.join('\n')

/** GitHub's runner, after its ActionCommand: colons begin the trimmed line, or the older form stands anywhere. */
function gitHubCommands(line: string): string[] {
  const [, name = ''] = /^::([^ ]*?)(?: .*?)?::/.exec(line.trimStart()) ?? []
  if (name !== '') return [name]
  const [, old = ''] = /##\[([^\] ]*)[^\]]*\]/.exec(line) ?? []
  return old === '' ? [] : [old]
}

/** Azure's agent and TeamCity's look for the form with a bracket anywhere in a line. */
function bracketCommands(line: string): string[] {
  return [...line.matchAll(/##(vso|teamcity)\[/gi)].map(([, who = '']) => who)
}

function commandsIn(output: string): string[] {
  // Some services take colours out before they read; .NET ends a line at a carriage return too.
  return output
    .replaceAll(/\u001b\[[\d;]*m/g, '')
    .split(/\r\n|[\r\n]/)
    .flatMap((line) => [...gitHubCommands(line), ...bracketCommands(line)])
}

test('the readers of these tests find every one of the commands', () => {
  expect(hostile.map((line) => commandsIn(line).length)).toEqual(hostile.map(() => 1))
})

const runners = {
  GitHub: { GITHUB_ACTIONS: 'true' },
  Azure: { TF_BUILD: 'True' },
  TeamCity: { TEAMCITY_VERSION: '2025.11' },
  'a service that sets CI': { CI: 'true' },
  'a service that forces colours': { CI: '1', FORCE_COLOR: '1' },
}

/** Both streams in one, as a log has them. */
async function logOf(args: string[], at: Invocation, env: Record<string, string>): Promise<string> {
  const { stdout, stderr } = await localBrain(args, { ...at, env })
  return `${stdout}\n${stderr}`
}

/** Whatever a model can say: names and arguments of calls, thinking, an answer. */
async function talker() {
  const server = await ollama(
    ({ messages }) =>
      messages.length > 3
        ? [...reply.thinking(text), ...reply.text(`${text}\n\n\`\`\`\n${text}\n\`\`\`\n`)]
        : reply.calls(
            { name: `${hostile[4]}`, arguments: { path: text } },
            { name: 'read_file', arguments: { path: `${hostile[5]}` } },
          ),
    { models: [{ name: 'thinker', capabilities: ['completion', 'tools', 'thinking'] }] },
  )
  return { cwd: temporaryFolder({ 'a.js': `${text}\n` }).root, host: server.url }
}

describe('nothing that a model says is a command to the runner', () => {
  test.each(['markdown', 'compact', 'json'])('in %s', async (format) => {
    const args = ['-v', '--think', 'low', '--format', format, 'what is this?']
    // Elsewhere the text is left as it came.
    expect(commandsIn(await logOf(args, await talker(), {})).length).toBeGreaterThan(3)
    const log = await logOf(args, await talker(), { GITHUB_ACTIONS: 'true' })
    expect(log).toContain('set-env')
    expect(commandsIn(log)).toEqual([])
  })

  test.each(Object.entries(runners))('on %s', async (_, env) => {
    const log = await logOf(['-v', '--think', 'low', 'what is this?'], await talker(), env)
    expect(log).toContain('thinking:')
    expect(commandsIn(log)).toEqual([])
  })

  test('in a log that is a stream', async () => {
    const through = ['sh', '-c', '"$@" 2>&1 | cat', 'sh', ...command]
    const args = ['--log-file', '/dev/stderr', 'what is this?']
    const log = await logOf(args, { ...(await talker()), through }, { CI: 'true' })
    expect(log).toContain('"type":"tool_start"')
    expect(commandsIn(log)).toEqual([])
  })

  test.skipIf(spawnSync('script', ['--version']).status !== 0)('on a terminal that the runner reads', async () => {
    // However it is divided on its way.
    const parts = [
      `One:\n${text}\n\n- a\n  ${text}\n\n\`\`\`\n${text}\n\`\`\`\n`,
      ...hostile.map((line) => `> ${line}`),
    ]
    const server = await ollama(() => reply.text(...parts.join('\n')))
    const through = ['script', '-qec', [...command, "'what is this?'"].join(' '), '/dev/null']
    const at = { cwd: temporaryFolder({ 'a.js': '' }).root, host: server.url, through }
    const { stdout } = await localBrain([], { ...at, env: { CI: 'true', TERM: 'xterm' } })
    expect(stdout).toContain('set-env')
    expect(commandsIn(stdout)).toEqual([])
  })
})

describe('nor is anything of a review', () => {
  const line = 'export const a = "##[add-path]/evil" // ##vso[task.complete]'
  const quoted = '  ::error::quoted;'
  const finding = (quote: string) => ({
    quote,
    defect: 'race',
    title: `${hostile[5]}`,
    message: text,
    trigger: text,
    severity: 'high',
    suggestion: text,
  })

  async function project() {
    const { root } = repository({
      [`${hostile[5]?.replaceAll('/', '-')}.js`]: `${line}\n${quoted}\n`,
      '::error::x.bin': '\0\0\0',
      '##[x].js': '\0\0\0',
    })
    const server = await ollama(() => reply.json({ analysis: text, findings: [finding(line), finding(quoted.trim())] }))
    return { cwd: root, host: server.url }
  }

  const args = ['-s', 'code-review', '-d', '.', '--no-verify-findings', '-v']

  test.each(['markdown', 'compact', 'json', 'sarif', 'rdjson'])('as %s', async (format) => {
    const at = await project()
    expect(commandsIn(await logOf([...args, '--format', format], at, {}))).not.toEqual([])
    const log = await logOf([...args, '--format', format], at, { GITHUB_ACTIONS: 'true' })
    expect(log).toContain('add-path')
    expect(commandsIn(log)).toEqual([])
  })

  test.each<Record<string, string>>([{}, { GITHUB_ACTIONS: 'true' }])(
    'while the annotations are, and nothing else: %j',
    async (env) => {
      const { stdout, stderr } = await localBrain([...args, '--format', 'github'], { ...(await project()), env })
      const found = commandsIn(stdout)
      expect(found.length).toBeGreaterThan(0)
      expect(found.filter((name) => !/^(?:error|warning|notice)$/.test(name))).toEqual([])
      expect(stdout.split('\n').flatMap(bracketCommands)).toEqual([])
      if ('GITHUB_ACTIONS' in env) expect(commandsIn(stderr)).toEqual([])
    },
  )

  test('and a document of JSON says the same with and without a runner', async () => {
    const at = await project()
    const documents = []
    for (const env of [{}, { CI: 'true' }] as Record<string, string>[]) {
      const { stdout } = await localBrain([...args, '--format', 'sarif'], { ...at, env })
      documents.push((JSON.parse(stdout) as { runs: { results: unknown }[] }).runs.map(({ results }) => results))
    }
    expect(documents[0]).toHaveLength(1)
    expect(documents[1]).toEqual(documents[0])
  })

  test('nor of a plan', async () => {
    const { cwd } = await project()
    for (const format of ['markdown', 'json']) {
      const log = await logOf(
        ['-s', 'code-review', '-d', '.', '--dry-run', '--format', format],
        { cwd },
        { CI: 'true' },
      )
      expect(log).toContain('add-path')
      expect(commandsIn(log)).toEqual([])
    }
  })

  test.each([
    ['a file that is missing', ['-f', '::error::x##[add-path]y']],
    ['a revision that is none', ['--base', '##[add-path]x']],
    ['a skill that is none', ['-s', '##vso[task.complete]x']],
    ['a flag that is none', ['--##[add-path]x']],
    ['a command that is none', ['skills', '##[add-path]x']],
  ])('nor of what cannot be done: %s', async (_, words) => {
    const { root } = repository({ 'a.js': 'export const a = 1\n' })
    const log = await logOf(words, { cwd: root }, { GITHUB_ACTIONS: 'true' })
    expect(log).toContain('error: ')
    expect(commandsIn(log)).toEqual([])
  })

  test('nor of a hook', async () => {
    const script = () => reply.json({ analysis: '', findings: [finding(line)] })
    const folder = await hooked({ script })
    folder.write('##[add-path]a.js', `${line}\n`)
    folder.git('add', '-A')
    // With CI set, a hook says nothing at all.
    const env = { ...folder.env, TF_BUILD: 'True' }
    const { stderr } = await gitAsync(folder.root, ['commit', '-q', '-m', 'x'], env)
    expect(stderr).toContain('add-path')
    expect(commandsIn(stderr)).toEqual([])
  })
})

test('what is written to a file stays as it is', async () => {
  const at = await talker()
  await localBrain(['-o', 'answer.md', 'what is this?'], { ...at, env: { CI: 'true' } })
  const { stdout } = await localBrain(['what is this?'], { ...(await talker()) })
  expect(spawnSync('cat', [join(at.cwd, 'answer.md')]).stdout.toString()).toBe(stdout)
})
