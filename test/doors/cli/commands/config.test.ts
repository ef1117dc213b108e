import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reply } from '../../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../../workspace-fixture.ts'
import { command, localBrain } from '../local-brain.ts'
import { ollama } from '../ollama.ts'

function home(config?: string) {
  const folder = temporaryFolder(config === undefined ? {} : { '.config/local-brain/config.yaml': config })
  const file = join(folder.root, '.config/local-brain/config.yaml')
  const cwd = temporaryFolder().root
  const run = async (...args: string[]) => localBrain(['config', ...args], { cwd, env: { HOME: folder.root } })
  return { file, run, cwd, HOME: folder.root, text: () => readFileSync(file, 'utf8') }
}

test('the file is named, and needs not be there', async () => {
  const { run, file } = home()
  expect(await run('path')).toMatchObject({ code: 0, stdout: `${file}\n`, stderr: '' })
  expect(await run()).toMatchObject({ code: 0, stdout: '', stderr: `note: nothing is set in ${file}\n` })
})

test('what is set is used by the next run, read back, and taken out again', async () => {
  const { run, file, cwd, HOME, text } = home()
  expect(await run('set', 'model', 'second:1b')).toMatchObject({ code: 0, stdout: '', stderr: '' })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(await run('get', 'model')).toMatchObject({ code: 0, stdout: 'second:1b\n' })
  const server = await ollama([reply.text('Yes.')], { models: [{ name: 'first:1b' }, { name: 'second:1b' }] })
  await localBrain(['hello'], { cwd, host: server.url, env: { HOME } })
  expect(server.requests[0]?.model).toMatch(/^second:1b/)
  await run('set', 'serve.port', '8090')
  expect(await run('list')).toMatchObject({ code: 0, stdout: 'model: second:1b\nserve:\n  port: 8090\n' })
  expect(await run('unset', 'model')).toMatchObject({ code: 0 })
  expect(text()).toBe('serve:\n  port: 8090\n')
  expect(await run('get', 'model')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: "model" is not set/),
  })
})

test('comments and the order of the file stay', async () => {
  const { run, text } = home('# mine\nkeep_alive: 10m # long\nmodel: a\n')
  await run('set', 'model', 'b')
  expect(text()).toBe('# mine\nkeep_alive: 10m # long\nmodel: b\n')
})

test.each([
  [['set', 'modle', 'x'], /^error: "modle" is not a key.*\nhint: .*model/],
  [
    ['set', 'host', 'no such host/'],
    /^error: "host" can't be set to "no such host\/"\nhint: local-brain config set host /,
  ],
  [['set', 'serve.prot', '80'], /^error: "serve\.prot" is not a key of the configuration\nhint: .*port\?/],
  [['set', 'serve', '{ prot: 80 }'], /^error: "serve\.prot" is not a key of the configuration\nhint: .*port\?/],
  [['set', 'model', 'a\u202eb'], /^error: "model" can't be set to .*\nhint: local-brain config set model /],
  [['set', 'model'], /^error: config set needs a value\nhint: local-brain config set model <value>/],
  [['get'], /^error: config get needs a key\nhint: /],
  [['change'], /^error: "change" is not something to do with the configuration\nhint: /],
])('%j is a slip, and nothing is written', async (words, message) => {
  const { run, text } = home('model: a\n')
  expect(await run(...words)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) as string })
  expect(text()).toBe('model: a\n')
})

/** A value that can't be used, and what the hint gives in its place. */
const values: [key: string, value: string, hint: string][] = [
  ['allow', 'write', "allow '[write]'"],
  ['allow', '[wirte]', "allow '[write]'"],
  ['ask', 'maybe', 'ask true'],
  ['commands', 'npm', "commands.allow '[npm test]'"],
  ['commands.allow', 'npm', "commands.allow '[npm test]'"],
  ['commands.deny', 'git push', "commands.deny '[git push]'"],
  ['serve.port', 'x', 'serve.port 8080'],
  ['serve', '8080', 'serve.port 8080'],
  ['engine.kind', 'x', 'engine.kind openai'],
  ['keep_alive', 'soon', 'keep_alive 10m'],
  ['aliases', 'x', 'aliases.fast qwen3:4b'],
  ['aliases.quick', '[]', 'aliases.quick qwen3:4b'],
  ['aliases.a b', 'x', 'aliases.fast qwen3:4b'],
  ['sandbox.cache', 'x', 'sandbox.cache true'],
  ['sandbox.env', 'x', "sandbox.env '[JAVA_HOME]'"],
  ['workspaces.~/other.allow', 'write', "'workspaces.~/other.allow' '[write, run]'"],
]

test.each(values)('%s can not be set to %s, and what is hinted can be typed', async (key, value, hint) => {
  const { run, HOME, cwd, text } = home('model: a\n')
  expect(await run('set', key, value)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: `error: "${key}" can't be set to "${value}"\nhint: local-brain config set ${hint}\n`,
  })
  expect(text()).toBe('model: a\n')
  const script = `"$@" config set ${hint}`
  const typed = spawnSync('sh', ['-c', script, 'sh', ...command], { cwd, env: { PATH: process.env['PATH'], HOME } })
  expect({ status: typed.status, stderr: typed.stderr.toString() }).toEqual({ status: 0, stderr: '' })
})

test('where another part of the same key is wrong in the file, that is said', async () => {
  const { run } = home('serve: { token_file: 7 }\n')
  expect((await run('set', 'serve.port', '80')).stderr).toMatch(
    /^error: .*config\.yaml:1: "serve\.token_file" has a value/,
  )
})

test('a file that is wrong is named with its line, and a wrong key can be taken out', async () => {
  const { run, text, file } = home('model: a\nhots: x\n')
  const fault = expect.stringMatching(/^warning: .*config\.yaml:2: unknown key "hots" \(.*host\?\)\n$/) as string
  expect(await run('list')).toMatchObject({ code: 2, stdout: 'model: a\nhots: x\n', stderr: fault })
  expect(await run('get', 'model')).toMatchObject({ code: 0, stdout: 'a\n', stderr: '' })
  expect(await run('set', 'model', 'b')).toMatchObject({ code: 0, stderr: fault })
  expect(text()).toBe('model: b\nhots: x\n')
  expect((await run('path')).stdout).toBe(`${file}\n`)
  expect(await run('unset', 'hots')).toMatchObject({ code: 0, stderr: '' })
  expect(text()).toBe('model: b\n')
})

test('a file that is no YAML is shown as it stands, with the line that is wrong', async () => {
  const { run, text } = home('model: a\nserve: [\n')
  const line = expect.stringMatching(/config\.yaml:[23]: /) as string
  expect(await run('list')).toMatchObject({ code: 2, stdout: text(), stderr: line })
  expect(await run('set', 'model', 'b')).toMatchObject({ code: 2, stderr: line })
  expect(await run('unset', 'model')).toMatchObject({ code: 2, stderr: line })
  expect(text()).toBe('model: a\nserve: [\n')
})
