import { expect, test } from 'vitest'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { type HookedOptions, hooked, loadedModel, run } from './hook-run.ts'

/** A commit of one changed file, with a model that does what it is told. */
async function commitWith(options: HookedOptions, env: Record<string, string> = {}) {
  const folder = await hooked(options)
  folder.write('src/a.ts', 'export const one = 1 // BUG\n')
  folder.git('add', '-A')
  const started = performance.now()
  const done = await folder.commit(['-m', 'add one'], env)
  return {
    ...done,
    ms: performance.now() - started,
    folder,
    committed: folder.git('log', '--format=%s').startsWith('add one'),
  }
}

const nobody = { OLLAMA_HOST: 'http://127.0.0.1:9' }

// Scenario 20, down to the thinking; what a drip and a cut question do is in replies.test.ts.
test('Ollama is not there: one line, and the commit goes through', async () => {
  const done = await commitWith({}, nobody)
  expect(done.stderr).toMatch(/^local-brain: review skipped: Cannot reach Ollama at http:\/\/127\.0\.0\.1:9.*\n$/)
  expect(done.committed).toBe(true)
})

test('Ollama is not there, and the policy is strict: exit 3, and the commit is blocked with what to do', async () => {
  const { folder, committed, stderr } = await commitWith({ options: ['--strict'] }, nobody)
  expect(committed).toBe(false)
  expect(stderr).toMatch(/commit blocked: nothing was reviewed\nto pass: LOCAL_BRAIN_SKIP=1 git commit/)
  const hook = await run(`${folder.root}/.git/hooks/pre-commit`, [], {
    cwd: folder.root,
    env: { ...folder.env, ...nobody },
  })
  expect(hook.code).toBe(3)
})

test('a model that is not in memory is not loaded: one line says how to warm it up', async () => {
  const { committed, stderr, folder } = await commitWith({ server: { models: [{ name: 'scripted' }] } })
  expect(stderr).toBe(
    'local-brain: review skipped: Model "scripted:latest" is not loaded (hint: ollama run scripted:latest "")\n',
  )
  expect(committed).toBe(true)
  expect(folder.server.loads).toBe(0)
})

test('a model is asked with the window it has in memory, which loads nothing', async () => {
  const { folder, committed } = await commitWith({ server: { models: [{ name: 'scripted', loaded: 4096 }] } })
  expect(committed).toBe(true)
  expect(folder.server.requests[0]?.options?.num_ctx).toBe(4096)
  expect(folder.server.loads).toBe(0)
})

test('what is certain without a model is said and blocks without one', async () => {
  const folder = await hooked({ options: ['--fail-on', 'high'] })
  // Written in two pieces, so that no scanner takes this test for a key.
  const word = 'KEY'
  folder.write('src/key.ts', `export const key = \`-----BEGIN RSA PRIVATE ${word}-----\nMIIEowIBAAKCAQEA\n\`\n`)
  folder.git('add', '-A')
  const done = await folder.commit(['-m', 'add a key'], nobody)
  expect(done.code).toBe(1)
  expect(done.stderr).toMatch(/src\/key\.ts\n +\w+ 1: .*\n[\s\S]*commit blocked: 1 finding at or above high/)
  expect(done.stderr).toMatch(/Cannot reach Ollama/)
})

test('a model on another machine is not asked, and the hint names nothing that a hook does not have', async () => {
  const done = await commitWith({}, { OLLAMA_HOST: 'http://10.1.2.3:11434' })
  expect(done.stderr).toMatch(/^local-brain: review skipped: http:\/\/10\.1\.2\.3:11434 is not this machine/)
  expect(done.stderr).toMatch(/\(hint: a hook only asks models on this machine\)\n$/)
  expect(done.committed).toBe(true)
})

test('a model that is not installed', async () => {
  const done = await commitWith({ options: ['--model', 'gone:8b'] })
  expect(done.stderr).toMatch(/^local-brain: review skipped: Model "gone:8b" is not installed.*\n$/)
  expect(done.committed).toBe(true)
})

const failures: [string, HookedOptions['script']][] = [
  ['500', () => reply.error(500, 'boom')],
  ['an error line in the stream', () => reply.errorLine('the runner died')],
  ['a stream that breaks off inside the JSON', () => reply.broken('{"analysis":"a","fin')],
  ['no JSON at all', () => reply.text('I think this code is fine.')],
  ['an empty reply', () => reply.empty()],
]

test.each(failures)('the commit goes through when the model gives %s', async (_, script) => {
  const done = await commitWith({ script: script ?? [] })
  expect(done.committed).toBe(true)
  expect(done.stderr).toMatch(/^local-brain: (not reviewed|review skipped): .*\n$/)
})

test.each([
  ['hangs', () => reply.silent()],
  ['hangs in the middle', () => reply.silent('{"analysis":"')],
])('a server that %s is left at the deadline, and the generation ends', async (_, script) => {
  const { committed, stderr, folder } = await commitWith({ script, options: ['--timeout', '3'] })
  expect(committed).toBe(true)
  expect(stderr).toMatch(/^local-brain: (?:not reviewed|review skipped): The time limit of 3 s was reached.*\n$/)
  expect(folder.server.cancellations).toBe(folder.server.requests.length)
})

test('at the deadline a strict policy blocks', async () => {
  const { committed, stderr } = await commitWith({
    script: () => reply.silent(),
    options: ['--timeout', '1', '--strict'],
  })
  expect(committed).toBe(false)
  expect(stderr).toMatch(/\ncommit blocked: nothing was reviewed\n/)
})

// Scenario 23.
test('an interrupted commit stops the generation', async () => {
  const waiting = hold()
  const folder = await hooked({ script: () => reply.text('{"analysis":"', waiting) })
  folder.write('src/a.ts', 'export const one = 1\n')
  folder.git('add', '-A')
  const { localBrain } = await import('../cli/local-brain.ts')
  const done = await localBrain(['hook', 'run', 'pre-commit'], {
    cwd: folder.root,
    env: folder.env,
    onStart: (kill) => {
      const asked = setInterval(() => {
        if (folder.server.requests.length === 0) return
        clearInterval(asked)
        kill('SIGINT')
      }, 20)
    },
  })
  expect(done.code).toBe(130)
  expect(folder.server.cancellations).toBe(1)
})

// Scenario 23.
test('without PATH to git and without a home the commit of others is not held up', async () => {
  const folder = await hooked({ options: ['--fail-on', 'low'] })
  folder.write('src/a.ts', 'export const one = 1 // BUG\n')
  folder.git('add', '-A')
  const done = await run(`${folder.root}/.git/hooks/pre-commit`, [], {
    cwd: folder.root,
    env: { OLLAMA_HOST: folder.server.url, PATH: '/nonexistent', HOME: '' },
  })
  expect(done.code).toBe(0)
  expect(done.stderr).toMatch(/^local-brain: review skipped: git is not installed.*\n$/)
})

test('a configuration that cannot be read is no reason to hold up a commit', async () => {
  const folder = await hooked()
  folder.write('src/a.ts', 'export const one = 1\n')
  folder.git('add', '-A')
  const { mkdirSync, writeFileSync } = await import('node:fs')
  mkdirSync(`${folder.env['HOME']}/.config/local-brain`, { recursive: true })
  writeFileSync(`${folder.env['HOME']}/.config/local-brain/config.yaml`, 'model: [')
  const done = await folder.commit(['-m', 'add one'])
  expect(done.code).toBe(0)
  expect(done.stderr).toMatch(/^local-brain: review skipped: .*config\.yaml.*\n$/)
})

test('thinking is off, and the model stays in memory for the next commit', async () => {
  const { folder } = await commitWith({
    server: { models: [{ ...loadedModel, capabilities: ['completion', 'tools', 'thinking'] }] },
  })
  expect(folder.server.requests[0]).toMatchObject({ think: false, keep_alive: '30m' })
})
