import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { createFolder } from '../../workspace.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const place = '.config/local-brain/config.yaml'

/** A home with this configuration. */
function homeWith(config: string): string {
  return createFolder({ [place]: config })
}

const faults: [string, string, RegExp, RegExp][] = [
  ['YAML that ends too early', 'model: [', /config\.yaml:\d+: /, /correct the line in .*config\.yaml/],
  ['an unknown key', 'modle: x', /config\.yaml:1: unknown key "modle"/, /^did you mean model\?$/],
  ['a key of a flag', 'keep-alive: 10m', /config\.yaml:1: unknown key "keep-alive"/, /^did you mean keep_alive\?$/],
  ['a list for a name', 'model: [a, b]', /config\.yaml:1: "model" has a value that can't be used/, /^model: qwen3:8b$/],
  ['no name', 'model: ""', /config\.yaml:1: "model" has a value/, /^model: qwen3:8b$/],
  ['a host that is none', 'host: ftp://x', /config\.yaml:1: "host" has a value/, /^host: http:\/\/127\.0\.0\.1:11434$/],
  ['a duration that is none', 'keep_alive: soon', /config\.yaml:1: "keep_alive" has a value/, /^keep_alive: 10m$/],
  ['a text', 'qwen3', /config\.yaml:1: it has to be a list of settings/, /^model: qwen3:8b, or host: /],
  ['an unknown key of a part', 'sandbox: { reads: [/opt/x] }', /unknown key "sandbox\.reads"/, /^did you mean read\?$/],
  [
    'an unknown key of a workspace',
    'workspaces: { ~/shop: { alow: [write] } }',
    /unknown key "workspaces\.~\/shop\.alow"/,
    /^did you mean allow\?$/,
  ],
  ['a level that is none', 'allow: [everything]', /"allow\.0" has a value/, /^allow: \[write\]$/],
  [
    'a folder that is relative',
    'workspaces: { shop: {} }',
    /"workspaces\.shop" has a value/,
    /^workspaces: \{ ~\/shop/,
  ],
  [
    'an unknown key further down',
    'model: a\n\n# x\nserve:\n  prot: 1',
    /config\.yaml:5: unknown key "serve\.prot"/,
    /port/,
  ],
  ['an alias that is none', 'aliases: { fast: [] }', /config\.yaml:1: "aliases\.fast" has a value/, /^aliases: /],
  ['a key twice', 'model: a\nmodel: b', /config\.yaml:2: /, /correct the line/],
]

describe('a fault in the configuration is called one, by every command that reads it', () => {
  test.each(faults)('a run: %s', async (_, config, error, hint) => {
    const env = { HOME: homeWith(config) }
    const run = await localBrain(['--format', 'json', 'a?'], { cwd: createFolder(), env })
    const report = reportOf(run)
    expect(report).toMatchObject({ error: { code: 'invalid-config' }, exitCode: 2 })
    expect(report.error?.message).toMatch(/configuration/i)
    expect(report.error?.message).toMatch(error)
    expect(report.error?.hint).toMatch(hint)
    expect(run.stderr).not.toContain('skills check')
    expect(run.code).toBe(2)
  })

  test.each(faults)('doctor goes on: %s', async (_, config, error) => {
    const server = await ollama([])
    const run = await localBrain(['doctor'], { cwd: createFolder(), host: server.url, env: { HOME: homeWith(config) } })
    const [first = '', ...others] = run.stdout.trimEnd().split('\n')
    expect(first).toMatch(/^FAIL config /)
    expect(first).toMatch(error)
    expect(others.map((line) => line.slice(0, 13).trimEnd())).toEqual([
      'ok   ollama',
      'ok   model',
      'ok   tools',
      'ok   context',
      'ok   memory',
      'ok   git',
      'ok   sandbox',
    ])
    expect(run).toMatchObject({ code: 3, stderr: '' })
  })

  test('doctor names every fault, and obeys the rest', async () => {
    const server = await ollama([], { models: [{ name: 'first:1b' }, { name: 'second:1b' }] })
    const HOME = homeWith('modle: x\nmodel: second:1b\nkeep_alive: soon\n')
    const { stdout, code } = await localBrain(['doctor'], { cwd: createFolder(), host: server.url, env: { HOME } })
    expect(stdout.match(/^FAIL config .*config\.yaml:[13]: /gm)).toHaveLength(2)
    expect(stdout).toMatch(/^ok {3}model {4}second:1b \(set in the configuration\)$/m)
    expect(code).toBe(3)
  })

  test('models', async () => {
    const run = await localBrain(['models'], { cwd: createFolder(), env: { HOME: homeWith('model: [') } })
    expect(run).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: The configuration is not valid: /) as string,
    })
  })

  test('a folder or a pipe in its place', async () => {
    const home = createFolder()
    mkdirSync(join(home, place), { recursive: true })
    const run = await localBrain(['a?'], { cwd: home, env: { HOME: home } })
    expect(run).toMatchObject({ code: 2 })
    expect(run.stderr).toMatch(/^error: The configuration ".*config\.yaml" can't be read: it is a folder\nhint: ls -l /)
  })

  test('doctor names a host in the environment that is none, and goes on', async () => {
    const run = await localBrain(['doctor'], { cwd: createFolder(), host: 'ftp://x' })
    expect(run.stdout).toMatch(/^FAIL ollama .*ftp:\/\/x.*\nok {3}git /)
    expect(run.code).toBe(3)
  })
})

describe('a configuration without a fault is obeyed', () => {
  test.each([
    ['an empty file', ''],
    ['only comments', '# model: x\n'],
    ['numbers for a duration', 'keep_alive: -1\n'],
    ['a name', 'model: scripted\nkeep_alive: 10m\n'],
  ])('%s', async (_, config) => {
    const server = await ollama([reply.text('Yes.')])
    const run = await localBrain(['is it?'], { cwd: createFolder(), host: server.url, env: { HOME: homeWith(config) } })
    expect(run).toMatchObject({ code: 0, stdout: 'Yes.\n', stderr: '' })
  })

  test("a name of one's own stands for a model, in a flag, in the environment and in the file", async () => {
    const models = [{ name: 'first:1b' }, { name: 'second:1b' }]
    const server = await ollama(() => reply.text('Yes.'), { models })
    const HOME = homeWith('aliases: { fast: first:1b, big: second:1b }\nmodel: big\n')
    const ask = async (args: string[], env = {}) =>
      localBrain([...args, 'is it?'], { cwd: createFolder(), host: server.url, env: { HOME, ...env } })
    await ask([])
    await ask(['-m', 'fast'])
    await ask([], { LOCAL_BRAIN_MODEL: 'fast' })
    const asked = server.requests.map(({ model }) => model.replace(/:local$/, ''))
    expect(asked).toEqual(['second:1b', 'first:1b', 'first:1b'])
  })

  test('from $XDG_CONFIG_HOME too, and a flag beats it', async () => {
    const server = await ollama([reply.text('Yes.')])
    const folder = createFolder()
    const file = join(folder, 'local-brain/config.yaml')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, 'keep_alive: 7m\n')
    const env = { XDG_CONFIG_HOME: folder }
    await localBrain(['--keep-alive', '3m', 'is it?'], { cwd: createFolder(), host: server.url, env })
    expect(server.requests[0]?.keep_alive).toBe('3m')
  })
})
