import { readFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { type Invocation, command, localBrain } from '../doors/cli/local-brain.ts'
import { finding, git as gitAsync, hooked } from '../doors/hooks/hook-run.ts'
import { ollama } from '../doors/cli/ollama.ts'
import { reply, type ScriptSource } from '../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'

// In pieces, so that no scanner takes the test for a leak.
const key = ['ghp_', 'a1B2c3D4e5F6'.repeat(3)].join('')
const cut = 'ghp_[redacted]F6'
const password = 'v3ry-l0ng-pass'
const pem = [
  ['-----BEGIN RSA ', 'PRIVATE KEY-----'].join(''),
  ...Array.from({ length: 6 }, (_, line) => `MIIEpAIBAAKCAQEA${String(line).repeat(4)}abcdefghijklmnop/+ABCDEFGH`),
  'Zm9vYmFy==',
  ['-----END RSA ', 'PRIVATE KEY-----'].join(''),
].join('\n')

const thinker = { models: [{ name: 'thinker', capabilities: ['completion', 'tools', 'thinking'] }] }

async function everything(args: string[], at: Invocation): Promise<string> {
  const { stdout, stderr } = await localBrain(args, at)
  return `${stdout}\n${stderr}`
}

function expectCut(text: string, what: string) {
  expect(text.includes(cut), `${what} shows that there is a key`).toBe(true)
  expect(text.includes(key), `${what} shows the key`).toBe(false)
}

describe('a key that a model writes is cut short', () => {
  const says: ScriptSource = ({ messages }) =>
    messages.length > 3
      ? [...reply.thinking(`hm, ${key} is one`), ...reply.text(`It holds ${key}.`)]
      : reply.calls(
          { name: `use_${key}`, arguments: { path: `${key}.txt` } },
          { name: 'read_file', arguments: { path: `a/${key}`, [key]: [key, { deep: key }] } },
        )
  const args = ['--think', 'low', 'what is this?']

  async function asked(more: string[]) {
    const { root } = temporaryFolder({ 'a.txt': 'one\n' })
    const server = await ollama(says, thinker)
    return { log: await everything([...more, ...args], { cwd: root, host: server.url }), root }
  }

  test.each(['markdown', 'compact', 'json'])('in %s, with all that -v shows', async (format) => {
    const { log } = await asked(['-v', '--format', format])
    expectCut(log, format)
    expect(log).toContain(`hm, ${cut} is one`)
    expect(log).toContain(`a/${cut}`)
  })

  test('in the arguments and names of the calls of a report', async () => {
    const { root } = temporaryFolder({ 'a.txt': 'one\n' })
    const { stdout } = await localBrain(['--format', 'json', ...args], {
      cwd: root,
      host: (await ollama(says, thinker)).url,
    })
    const { toolCalls } = JSON.parse(stdout) as { toolCalls: { name: string; arguments: unknown }[] }
    expect(toolCalls).toMatchObject([
      { name: `use_${cut}`, arguments: { path: `${cut}.txt` } },
      { name: 'read_file', arguments: { path: `a/${cut}`, [cut]: [cut, { deep: cut }] } },
    ])
  })

  test('in the log', async () => {
    const { root } = await asked(['--log-file', 'log.jsonl'])
    expectCut(readFileSync(join(root, 'log.jsonl'), 'utf8'), 'the log')
  })
})

describe('a key that comes byte by byte is cut short', () => {
  const bytes = (text: string) => [...text]
  const answer = `One ${key}, amqp://me:${password}@mq.internal and\n${pem}\nare three. The rest stays.`
  const whole = `One ${cut}, amqp://me:[redacted]@mq.internal and`
  const script = () => [...reply.thinking(...bytes(answer)), ...reply.text(...bytes(answer))]

  function expectShown(text: string) {
    expect(text).toContain(whole)
    expect(text).toContain('PRIVATE KEY-----[redacted]')
    expect(text).toContain('are three. The rest stays.')
    for (const part of [key, password, 'MIIE', 'abcdefghijklmnop']) expect(text).not.toContain(part)
  }

  test('in the log', async () => {
    const { root } = temporaryFolder()
    const server = await ollama(script, thinker)
    await localBrain(['--think', 'low', '--log-file', 'log.jsonl', 'what?'], { cwd: root, host: server.url })
    const events = readFileSync(join(root, 'log.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; text?: string })
    for (const type of ['text', 'thinking']) {
      expectShown(events.flatMap((event) => (event.type === type ? [event.text] : [])).join(''))
    }
  })

  test('in the thinking that -v shows', async () => {
    const { root } = temporaryFolder()
    const server = await ollama(script, thinker)
    const { stderr } = await localBrain(['--think', 'low', '-v', 'what?'], { cwd: root, host: server.url })
    expect(stderr).toContain(whole)
    expect(stderr).not.toContain(key)
    expect(stderr).not.toContain('MIIE')
  })

  test.skipIf(spawnSync('script', ['--version']).status !== 0)('on a terminal that shows it as it comes', async () => {
    const { root } = temporaryFolder()
    const server = await ollama(() => reply.text(...bytes(answer)))
    const through = ['script', '-qec', [...command, "'what is this?'"].join(' '), '/dev/null']
    const { stdout } = await localBrain([], { cwd: root, host: server.url, through, env: { TERM: 'dumb' } })
    expectShown(stdout.replaceAll('\r', ''))
  })
})

describe('a key in the name of a file is cut short', () => {
  const line = 'export const a = 1'

  async function project() {
    const folder = repository({ 'readme.txt': 'one\n' })
    folder.git('checkout', '-q', '-b', `branch-${key}`)
    folder.write(`src/${key}.js`, `${line}\n`)
    folder.write(`src/${key}.bin`, Buffer.from([0, 1, 2]))
    folder.git('add', '-A')
    folder.write(`beside ${key}.js`, 'const beside = 1\n')
    const server = await ollama(() => reply.json({ analysis: '', findings: [finding(line)] }))
    return { cwd: folder.root, host: server.url }
  }

  test.each(['markdown', 'compact', 'json', 'sarif', 'github', 'rdjson'])('in %s', async (format) => {
    const at = await project()
    expectCut(await everything(['--git-diff', '-v', '--no-verify-findings', '--format', format], at), format)
  })

  test.each(['markdown', 'json'])('in a plan as %s', async (format) => {
    expectCut(await everything(['--git-diff', '--dry-run', '--format', format], await project()), format)
  })

  test('in what is compared with, and in what cannot be', async () => {
    const { cwd, host } = await project()
    const base = `branch-${key}`
    expectCut(await everything(['--base', base, '--format', 'json'], { cwd, host }), 'the base')
    expectCut(await everything(['--base', base, '--dry-run'], { cwd }), 'the plan')
    expectCut(await everything(['--base', key], { cwd }), 'an unknown base')
    expectCut(await everything(['-f', `${key}.js`, '--format', 'json'], { cwd }), 'an unknown file')
  })

  test('in what a hook says', async () => {
    const folder = await hooked()
    folder.write(`${key}.bin`, Buffer.from([0, 1, 2]))
    folder.write(`a-${key}.js`, `${line} // BUG\n`)
    folder.git('add', '-A')
    const { stderr } = await gitAsync(folder.root, ['commit', '-q', '-m', 'x'], folder.env)
    expectCut(stderr, 'the hook')
    const unable = await hooked({ options: ['--model', key] })
    unable.write('a.js', `${line}\n`)
    unable.git('add', '-A')
    const { stderr: why } = await gitAsync(unable.root, ['commit', '-q', '-m', 'x'], unable.env)
    expectCut(why, 'a hook that reviews nothing')
  })
})

test('a key in code is cut short where it is quoted and planned, and the finding stands at its line', async () => {
  const { root } = repository({ 'a.js': `const first = 1\nconst second = use('${key}') // ${password}\n` })
  const quote = `const second = use('${key}') // ${password}`
  const server = await ollama(() => reply.json({ analysis: '', findings: [finding(quote)] }))
  const args = ['-s', 'code-review', '-f', 'a.js', '--no-verify-findings']
  const run = await localBrain([...args, '--format', 'json'], { cwd: root, host: server.url })
  const { findings, dropped } = JSON.parse(run.stdout) as Report
  // The model's is about the same line as the one of our own check.
  expect(dropped).toMatchObject({ ungrounded: 0, duplicate: 1 })
  expect(findings).toMatchObject([{ startLine: 2, quote: quote.replace(key, cut) }])
  for (const format of ['markdown', 'json']) {
    expectCut(await everything([...args, '--dry-run', '--format', format], { cwd: root }), `the plan as ${format}`)
  }
})

test('a key in a report that comes from elsewhere is cut short when it is printed', async () => {
  const { root, write } = temporaryFolder({ 'a.js': 'export const a = 1\n' })
  const server = await ollama(() => reply.json({ analysis: '', findings: [finding('export const a = 1')] }))
  const args = ['-s', 'code-review', '-f', 'a.js', '--no-verify-findings', '--format', 'json']
  const { stdout } = await localBrain(args, { cwd: root, host: server.url })
  write('report.json', stdout.replaceAll('The result is wrong', `The result is ${key}`))
  for (const format of ['markdown', 'compact', 'json', 'sarif', 'github', 'rdjson']) {
    expectCut(await everything(['last', '--from', 'report.json', '--format', format], { cwd: root }), format)
  }
})
