import { describe, expect, test } from 'vitest'
import type { ScriptedModel } from '../../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../../workspace-fixture.ts'
import { localBrain } from '../local-brain.ts'
import { ollama } from '../ollama.ts'

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
    expect(row(lines, 'qwen3:8b')).toEqual(['qwen3:8b', '5.2 GB', '6.4 GB', '40960', '16384', 'native', 'yes', 'local'])
    expect(row(lines, 'llama3.2:3b')).toEqual([
      'llama3.2:3b',
      '2.0 GB',
      '2.4 GB',
      '131072',
      '-',
      'native',
      'no',
      'local',
    ])
    expect(row(lines, 'gemma3:4b')?.[5]).toBe('prompted')
    expect(row(lines, 'nomic-embed-text:latest')?.[5]).toBe('cannot chat')
    expect(row(lines, 'mine:latest')?.at(-1)).toBe('cloud')
    expect(code).toBe(0)
  })

  test('several: which of them this machine has no memory for', async () => {
    const { stdout, lines } = await command('models', [...several, { name: 'huge:9000b', size: 9e12 }])
    expect(row(lines, 'huge:9000b')?.[2]).toBe('10992.6 GB, too large')
    expect(row(lines, 'llama3.2:3b')?.[2]).toBe('2.4 GB')
    expect(stdout).toMatch(/^MEMORY is with a window of 8192 tokens; there are \d+\.\d GB/m)
  })

  test('several: which one each built-in skill would use and why, never an embedding or a cloud one', async () => {
    const { stdout, lines } = await command('models', several)
    for (const skill of ['code-review', 'ask', 'explain', 'commit-message']) {
      expect(row(lines, skill)?.[1]).toBe('qwen3:8b')
      expect(row(lines, skill)?.[2]).not.toBe('')
    }
    expect(stdout.split('WOULD USE')[1]).not.toMatch(/nomic|mine/)
  })

  test.each([
    ['only an embedding model', [embedding]],
    ['only a cloud model', [stub]],
  ])('%s: no skill has one', async (_, models) => {
    const { lines } = await command('models', models)
    expect(row(lines, 'ask')?.slice(1, 3)).toEqual(['none', 'No installed model can chat on this machine'])
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
    expect(stdout).toContain(`ok   ollama   ${server.url}, version 0.32.15, on this machine\n`)
    expect(stdout).toMatch(/^ok {3}model {4}qwen3:8b, because /m)
    expect(stdout).toMatch(/^ok {3}tools {4}called natively$/m)
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

  test('a server elsewhere is refused and named', async () => {
    const run = await localBrain(['doctor', '--host', 'http://192.0.2.1:11434'], { cwd: temporaryFolder().root })
    expect(run.stdout).toMatch(/^FAIL ollama {3}http:\/\/192\.0\.2\.1:11434 is not this machine/m)
    expect(run.code).toBe(3)
  })
})
