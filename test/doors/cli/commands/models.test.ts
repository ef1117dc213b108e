import { describe, expect, test } from 'vitest'
import { displayWidth } from '../../../../src/text/width.ts'
import { ownMemory } from '../../../../src/engines/machine.ts'
import { type ScriptedModel, reply } from '../../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../../workspace-fixture.ts'
import { serveOpenAi } from '../../../scripted-openai/scripted-openai.ts'
import { command as program, localBrain } from '../local-brain.ts'
import { ollama } from '../ollama.ts'
import { hasTerminal, onTerminal, textOf } from '../terminal.ts'

const embedding: ScriptedModel = { name: 'nomic-embed-text', capabilities: ['embedding'], size: 274_000_000 }
const stub: ScriptedModel = {
  name: 'mine',
  remote: { host: 'https://ollama.com:443', model: 'gpt-oss:120b' },
  capabilities: ['completion', 'tools', 'thinking'],
}
const several: ScriptedModel[] = [
  { name: 'llama3.2:3b', size: 2_000_000_000, contextLength: 131_072 },
  { name: 'qwen3:8b', capabilities: ['completion', 'tools', 'thinking'], contextLength: 40_960, loaded: 16_384 },
  { name: 'gemma3:4b', capabilities: ['completion'], size: 3_300_000_000 },
  embedding,
  stub,
]

async function command(name: 'models' | 'doctor', models: ScriptedModel[], args: string[] = []) {
  const server = await ollama([], { models })
  const run = await localBrain([name, ...args], { cwd: temporaryFolder().root, host: server.url })
  return { ...run, server, lines: run.stdout.split('\n') }
}

const row = (lines: string[], name: string) => lines.find((line) => line.startsWith(`${name} `))?.split(/ {2,}/)

describe('models', () => {
  test('nothing installed says what to pull', async () => {
    const { stdout, code } = await command('models', [])
    expect({ stdout, code }).toEqual({
      stdout: 'No model is installed; to get one: local-brain setup\n',
      code: 0,
    })
  })

  test('several: what each can do', async () => {
    const { lines, code } = await command('models', several)
    const known = ['qwen3:8b', '5.2 GB', '7.6 GB', 'loaded (16384)', '40960', 'native, declared', 'yes']
    expect(row(lines, 'qwen3:8b')).toEqual(known)
    const other = ['llama3.2:3b', '2.0 GB', '2.4 GB', expect.stringMatching(/^yes/), '131072', 'native, declared', 'no']
    expect(row(lines, 'llama3.2:3b')).toEqual(other)
    expect(row(lines, 'gemma3:4b')?.[5]).toBe('prompted, declared')
    expect(row(lines, 'nomic-embed-text:latest')?.[3]).toBe('cannot chat')
    expect(row(lines, 'mine:latest')?.[3]).toBe('elsewhere: cloud')
    expect(code).toBe(0)
  })

  test('whether it will run: what it needs with its window, against what is there', async () => {
    const models = [
      { name: 'huge:900b', size: 5e14 },
      { name: 'tight:1b', size: Math.round(ownMemory() * 0.7) },
      { name: 'spilled:9b', size: 6e9, sizeVram: 3e9, loaded: 4096 },
    ]
    const { lines, stdout } = await command('models', models)
    expect(stdout).toMatch(/^This machine: [\d.]+ [GM]B of memory, .*; [\d.]+ [GM]B is free now\n\n/)
    expect(row(lines, 'huge:900b')?.[3]).toBe('no: too large')
    expect(row(lines, 'tight:1b')?.[3]).toMatch(/^(?:hardly: no room left|no: too large)$/)
    expect(row(lines, 'spilled:9b')?.[3]).toBe('loaded (4096), slow')
  })

  test.skipIf(!hasTerminal).each([40, 80, 120])('a terminal of %i columns has what fits', async (columns) => {
    const server = await ollama([], { models: several })
    const shown = await onTerminal(['models'], temporaryFolder().root, server.url, { columns }).ended
    const text = textOf(shown)
    expect(text).toMatch(
      columns === 40 ? /^nomic-embed-text:latest\n {2}WILL IT RUN {2}cannot chat$/m : /^MODEL .* WILL IT RUN/m,
    )
    expect(/^MODEL .* THINKS$/m.test(text)).toBe(columns === 120)
    const lines = text.split('\n').filter((line) => displayWidth(line) > columns)
    expect(lines).toEqual([])
  })

  test('once a run has seen how its tools are called, that is said', async () => {
    const folder = temporaryFolder({ 'a.ts': 'export const a = 1\n' }).root
    const call = { name: 'read_file', arguments: { path: 'a.ts' } }
    const models = [{ name: 'qwen3:8b', capabilities: ['completion', 'tools'] }]
    const server = await ollama([reply.calls(call), reply.text('It is 1.')], { models })
    const env = { HOME: temporaryFolder().root }
    await localBrain(['what is a?'], { cwd: folder, host: server.url, env })
    const { stdout } = await localBrain(['models'], { cwd: folder, host: server.url, env })
    expect(row(stdout.split('\n'), 'qwen3:8b')?.[5]).toBe('native, seen')
    const doctor = await localBrain(['doctor'], { cwd: folder, host: server.url, env })
    expect(doctor.stdout).toMatch(/^ok {3}tools {4}called natively, as a run has seen$/m)
  })

  test('several: which one each built-in skill would use and why, never an embedding or a cloud one', async () => {
    const { stdout } = await command('models', several)
    const [, picks = ''] = stdout.split('\n\n').slice(-2)
    expect(picks).toMatch(/^qwen3:8b: good with tools and already loaded\n {2}for ask, .*code-review/)
    expect(picks).toMatch(/^qwen3:8b: from the best family and already loaded\n {2}for .*commit-message/m)
    for (const line of picks.split('\n')) expect(picks.split(line).length - 1 === 1 || line === '').toBe(true)
    expect(picks).not.toMatch(/nomic|mine/)
  })

  test('the model of the environment is a reason of its own', async () => {
    const server = await ollama([], { models: several })
    const env = { LOCAL_BRAIN_MODEL: 'gemma3:4b' }
    const { stdout } = await localBrain(['models'], { cwd: temporaryFolder().root, host: server.url, env })
    expect(stdout).toMatch(/\n\ngemma3:4b: asked for\n {2}for .*\n$/)
  })

  test.each([
    ['only an embedding model', [embedding]],
    ['only a cloud model', [stub]],
  ])('%s: no skill has one', async (_, models) => {
    const { stdout } = await command('models', models)
    expect(stdout).toMatch(/\n\nno model: No installed model can chat on this machine\n {2}for ask, /)
  })

  test('no cloud name is asked about: that question would leave the machine', async () => {
    const { server } = await command('models', several)
    const asked = server.log.filter(({ path }) => path === '/api/show').map(({ body }) => JSON.stringify(body))
    expect(asked.some((body) => body.includes('mine'))).toBe(false)
  })
})

describe('doctor', () => {
  test('one line for each thing a run needs', async () => {
    const { stdout, code, server } = await command('doctor', several)
    expect(stdout).toContain(`ok   ollama   Ollama 0.32.15 at ${server.url}, on this machine\n`)
    expect(stdout).toMatch(/^ok {3}model {4}qwen3:8b \(/m)
    expect(stdout).toMatch(/^ok {3}tools {4}called natively, as declared$/m)
    expect(stdout).toMatch(/^ok {3}context {2}trained for 40960 tokens, loaded with 16384$/m)
    expect(stdout).toMatch(/^ok {3}memory {3}7\.6 GB with a window of 16384 tokens, of \d+\.\d GB/m)
    expect(stdout).toMatch(/^ok {3}git /m)
    expect(code).toBe(0)
  })

  test.each([
    ['nothing installed', [], /^FAIL model {4}No model is installed \(local-brain setup\)$/m],
    ['only an embedding model', [embedding], /^FAIL model {4}No installed model can chat on this machine/m],
    ['only a cloud model', [stub], /^FAIL model {4}No installed model can chat on this machine/m],
  ])('%s is exit 3', async (_, models, line) => {
    const { stdout, code } = await command('doctor', models)
    expect(stdout).toMatch(line)
    expect(code).toBe(3)
  })

  test('a server that is down is exit 3, with what to do', async () => {
    const run = await localBrain(['doctor'], { cwd: temporaryFolder().root })
    expect(run.stdout).toMatch(
      /^FAIL ollama {3}Cannot reach Ollama at http:\/\/127\.0\.0\.1:9 \(start it with "ollama serve"/m,
    )
    expect(run.code).toBe(3)
  })

  test.each([
    ['llama.cpp', 'llama.cpp b6123-scripted', 'trained for 40960 tokens, loaded with 8192'],
    ['vllm', 'vLLM', 'trained for an unknown number of tokens, loaded with 8192'],
    ['sglang', 'SGLang', 'trained for an unknown number of tokens, loaded with 8192'],
    ['lm-studio', 'LM Studio', 'trained for 40960 tokens, loaded with 8192'],
    ['bare', 'An OpenAI-compatible server', 'trained for an unknown number of tokens, loaded'],
  ] as const)('says which server of the OpenAI protocol it found: %s', async (flavor, name, context) => {
    const { url } = await serveOpenAi({ flavor })
    const { stdout, code } = await localBrain(['doctor'], { cwd: temporaryFolder().root, host: url })
    expect(stdout).toContain(`ok   server   ${name} at ${url}, on this machine\n`)
    expect(stdout).toContain(`ok   context  ${context}\n`)
    expect(code).toBe(0)
  })

  // The standalone program says that it can't run it (embedded.test.ts).
  test.skipIf(program.length === 1)('an embedded engine that is not set up is exit 3, in one line', async () => {
    const run = await localBrain(['doctor', '--engine', 'embedded'], { cwd: temporaryFolder().root })
    expect(run.stdout.match(/^FAIL .*$/gm)).toEqual(['FAIL embedded not set up (local-brain setup --engine embedded)'])
    expect(run.code).toBe(3)
  })

  test('a server elsewhere is refused and named', async () => {
    const run = await localBrain(['doctor', '--host', 'http://192.0.2.1:11434'], { cwd: temporaryFolder().root })
    expect(run.stdout).toMatch(/^FAIL ollama {3}http:\/\/192\.0\.2\.1:11434 is not this machine/m)
    expect(run.code).toBe(3)
  })
})
