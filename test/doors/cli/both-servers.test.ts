/** The core of the command line against each kind of server, with the same scripts and the same assertions. */
import { describe, expect, test } from 'vitest'
import { type ScriptSource, type ScriptedModel, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { serve } from '../../scripted-ollama/serve.ts'
import { serveOpenAi } from '../../scripted-openai/scripted-openai.ts'
import { rawFinding } from '../../tasks/findings/unit.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { reportOf } from './ollama.ts'

const project = {
  'src/a.ts': 'export const timeout = 30\n',
  'src/b.ts': "import { timeout } from './a.ts'\nexport const twice = timeout * 2\n",
}
const claim = rawFinding({ quote: 'return sum(list) / list.length' })
const mean = 'export function mean(list) {\n  return sum(list) / list.length\n}\n'

/** A hook does not wait for a model to be loaded. */
const ready: ScriptedModel[] = [{ name: 'scripted', loaded: 16_384 }]

describe.each([
  ['an Ollama server', async (script: ScriptSource, models?: ScriptedModel[]) => serve({ script, models })],
  ['an OpenAI-compatible server', async (script: ScriptSource) => serveOpenAi({ script })],
])('with %s', (_, start) => {
  test('a question is answered after looking around', async () => {
    const { root } = repository(project)
    const server = await start([
      reply.calls({ name: 'list_directory', arguments: { path: 'src' } }),
      reply.calls(
        { name: 'read_file', arguments: { path: 'src/a.ts' } },
        { name: 'read_file', arguments: { path: 'src/b.ts' } },
      ),
      reply.text('The timeout is 30, ', 'set in src/a.ts:1.'),
    ])
    const run = await localBrain(['--format', 'json', 'where is the timeout set?'], { cwd: root, host: server.url })
    const report = reportOf(run)
    expect(report).toMatchObject({ answer: 'The timeout is 30, set in src/a.ts:1.', turns: 3, exitCode: 0 })
    expect(report.toolCalls.map(({ turn, name, ok }) => [turn, name, ok])).toEqual([
      [1, 'list_directory', true],
      [2, 'read_file', true],
      [2, 'read_file', true],
    ])
    expect(report.model?.toolCalling).toBe('native')
    const results = server.requests[2]?.messages.filter(({ role }) => role === 'tool') ?? []
    expect(results[1]?.content).toContain('export const timeout = 30')
    const [first, second] = server.requests.map(({ messages }) => messages)
    expect(second?.slice(0, first?.length)).toEqual(first)
    expect(server.violations).toEqual([])
  })

  test('a review gives findings that stand in the change, and asks nothing twice', async () => {
    const folder = repository({ 'src/mean.ts': '' })
    folder.write('src/mean.ts', mean)
    folder.git('add', '-A')
    const server = await start(() => reply.json({ analysis: 'short', findings: [claim, rawFinding({ quote: 'no' })] }))
    const at = { cwd: folder.root, host: server.url, env: { HOME: temporaryFolder().root } }
    const args = ['--git-diff', '--no-verify-findings', '--format', 'json', '--fail-on', 'low']
    const run = await localBrain(args, at)
    expect(run.code).toBe(1)
    expect(reportOf(run)).toMatchObject({
      findings: [{ path: 'src/mean.ts', startLine: 2 }],
      dropped: { ungrounded: 1 },
    })
    expect(server.requests[0]?.format).toBeDefined()
    const asked = server.requests.length
    expect(reportOf(await localBrain(args, at)).usage.cacheHits).toBe(1)
    expect(server.requests).toHaveLength(asked)
  })

  test('what is too long for the window is divided, and every line is covered', async () => {
    const lines = Array.from({ length: 400 }, (_line, n) => `  total${n} += list.at(${n}) + offset.at(${n * 3})`)
    const { root } = repository({ 'a.ts': `${lines.join('\n')}\n` })
    const server = await start(() => reply.text('Fine.'))
    const run = await localBrain(['-s', 'summarize', '-f', 'a.ts', '--num-ctx', '4096', '--format', 'json'], {
      cwd: root,
      host: server.url,
    })
    const { reviewed, notReviewed } = reportOf(run)
    expect(server.requests.length).toBeGreaterThan(2)
    const covered = reviewed.reduce((sum, { startLine, endLine }) => sum + endLine - startLine + 1, 0)
    expect([covered, notReviewed]).toEqual([400, []])
  })

  test('a dry run contacts nothing, and `models` and `doctor` say what is there', async () => {
    const { root } = repository(project)
    const server = await start([])
    const at = { cwd: root, host: server.url }
    const plan = await localBrain(['--dry-run', '--format', 'json', 'why?'], at)
    expect(JSON.parse(plan.stdout)).toMatchObject({ schema: 'local-brain.plan/1' })
    expect(server.log).toEqual([])
    const models = await localBrain(['models'], at)
    expect(models.stdout).toMatch(/^MODEL .*\n\S+ .*native, declared .*\n/m)
    const doctor = await localBrain(['doctor'], at)
    expect(doctor.code).toBe(0)
    expect(doctor.stdout).toMatch(
      /^ok {3}(?:ollama|server) .*on this machine\nok {3}model .*\nok {3}tools {4}called natively/,
    )
  })

  test('Ctrl-C ends it and stops the generation on the server', async () => {
    const { root } = repository(project)
    let interrupt: (signal: NodeJS.Signals) => void = () => undefined
    const server = await start(() => {
      setTimeout(() => interrupt('SIGINT'), 100)
      return reply.silent('One ')
    })
    const run = await localBrain(['tell me'], { cwd: root, host: server.url, onStart: (kill) => (interrupt = kill) })
    expect(run.code).toBe(130)
    await expect.poll(() => server.cancellations, { timeout: 20_000 }).toBe(1)
  })

  test('a server that refuses to the end is exit code 3', async () => {
    const { root } = repository(project)
    const server = await start(() => reply.error(500, 'boom'))
    const run = await localBrain(['why?'], { cwd: root, host: server.url })
    expect(run.code).toBe(3)
    expect(run.stderr).toMatch(/^error: .*failed \(500\): boom\nhint: /m)
  })

  test('the hook reviews what is staged', async () => {
    const folder = repository({ 'src/mean.ts': '' })
    const server = await start(() => reply.json({ analysis: 'short', findings: [claim] }), ready)
    folder.write('src/mean.ts', mean)
    folder.git('add', '-A')
    const env = { HOME: temporaryFolder().root }
    const run = await localBrain(['hook', 'run', 'pre-commit'], { cwd: folder.root, host: server.url, env })
    expect(run.stderr).toMatch(/^src\/mean\.ts\n {2}medium 2: an empty list divides by zero/m)
    expect(run.stderr).not.toContain('Warning')
    expect(run.code).toBe(0)
  })
})

describe('the configuration', () => {
  const home = (config: string) => temporaryFolder({ '.config/local-brain/config.yaml': config }).root

  test('names another kind of server, which a flag beats', async () => {
    const { root } = repository(project)
    const server = await serveOpenAi({ script: [reply.text('From the configuration.')], key: 'sk-1' })
    const HOME = home(`engine: { url: ${server.url}, kind: openai }\n`)
    const env = { HOME, LOCAL_BRAIN_API_KEY: 'sk-1' }
    const run = await localBrain(['why?'], { cwd: root, env })
    expect(run).toMatchObject({ stdout: 'From the configuration.\n', code: 0 })
    const other = await serve({ script: [reply.text('From the flag.')] })
    const flagged = await localBrain(['--host', other.url, 'why?'], { cwd: root, env })
    expect(flagged).toMatchObject({ stdout: 'From the flag.\n', code: 0 })
    expect(JSON.stringify(other.log)).not.toContain('sk-1')
  })

  test('that names a kind nobody knows is an error that shows the line', async () => {
    const { root } = repository(project)
    const HOME = home('engine: { url: http://127.0.0.1:1, kind: vllm }\n')
    const run = await localBrain(['why?'], { cwd: root, env: { HOME } })
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('hint: engine: { url: http://127.0.0.1:8000/v1, kind: openai }')
  })
})
