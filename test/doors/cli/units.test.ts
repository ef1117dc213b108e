import { expect, test } from 'vitest'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { serveOpenAi } from '../../scripted-openai/scripted-openai.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const names = ['a', 'b', 'c', 'd']
const files = Object.fromEntries(names.map((name) => [`${name}.js`, `export const ${name} = (n) => n + 1\n`]))

function nameOf({ messages }: ChatBody): string {
  return /export const (\w)/.exec(messages.map(({ content }) => content).join('\n'))?.[1] ?? ''
}

async function explain(server: { url: string }, env: Record<string, string> = {}, args: string[] = []) {
  const { root } = temporaryFolder(files)
  return localBrain(['-s', 'explain', '--format', 'json', ...args, '-d', '.', '--pattern', '*.js'], {
    cwd: root,
    host: server.url,
    env,
  })
}

test('one at a time and in order, unless the server takes more', async () => {
  const server = await ollama((request) => reply.text(`It is ${nameOf(request)}.`))
  await explain(server)
  expect(server.requests.map(nameOf)).toEqual(names)
  expect(server.maxAtOnce).toBe(1)
  expect(server.loads).toBe(1)
})

test('OLLAMA_NUM_PARALLEL says how many at once, and the report keeps their order', async () => {
  const first = hold()
  // The first answer waits until the third file is asked about, so the second is answered before it.
  const server = await ollama(
    (request) => {
      const name = nameOf(request)
      if (name === 'c') first.release()
      return name === 'a' ? reply.text(first, 'It is a.') : reply.text(`It is ${name}.`)
    },
    { parallel: 2 },
  )
  const run = await explain(server, { OLLAMA_NUM_PARALLEL: '2' })
  expect(server.maxAtOnce).toBe(2)
  const { answer, reviewed } = reportOf(run)
  expect(answer.match(/It is \w\./g)).toEqual(names.map((name) => `It is ${name}.`))
  expect(reviewed.map(({ path }) => path)).toEqual(Object.keys(files))
})

test('requests share their beginning, so that the server reads it once', async () => {
  const server = await ollama((request) => reply.text(`It is ${nameOf(request)}.`))
  await explain(server)
  const heads = server.requests.map(({ messages, tools }) => JSON.stringify([messages[0], tools]))
  expect(new Set(heads).size).toBe(1)
  expect(server.requests[0]?.messages[0]?.role).toBe('system')
})

test('-v counts the units as they are done', async () => {
  const server = await ollama((request) => reply.text(`It is ${nameOf(request)}.`))
  const { stderr } = await explain(server, {}, ['-v'])
  expect([...stderr.matchAll(/^· (\d of \d \w\.js) \(\d+ ms\)$/gm)].map(([, text]) => text)).toEqual(
    names.map((name, index) => `${index + 1} of 4 ${name}.js`),
  )
})

test('--parallel beats it, on a server of another kind too', async () => {
  const many = 'abcdefghijklmno'.split('')
  const gate = hold()
  // Nothing is answered before everything is asked.
  const server = await serveOpenAi({
    parallel: many.length,
    script: (request, { index }) => {
      if (index === many.length - 1) gate.release()
      return reply.text(gate, `It is ${nameOf(request)}.`)
    },
  })
  const { root } = temporaryFolder(
    Object.fromEntries(many.map((name) => [`${name}.js`, `export const ${name} = (n) => n + 1\n`])),
  )
  const args = ['-s', 'explain', '--parallel', '15', '--format', 'json', '-d', '.', '--pattern', '*.js']
  const run = await localBrain(args, { cwd: root, host: server.url, env: { OLLAMA_NUM_PARALLEL: '1' } })
  expect(server.maxAtOnce).toBe(many.length)
  const { answer, notReviewed } = reportOf(run)
  expect(answer.match(/It is \w\./g)).toEqual(many.map((name) => `It is ${name}.`))
  expect(notReviewed).toEqual([])
  expect(run.stderr).not.toContain('Warning')
})

test('Ctrl-C in the middle of several ends them all, and names what was not looked at', async () => {
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined
  const server = await serveOpenAi({
    parallel: 3,
    script: (request, { index }) => {
      if (index === 3) setTimeout(() => interrupt('SIGINT'), 100)
      return nameOf(request) === 'a' ? reply.text('It is a.') : reply.silent()
    },
  })
  const { root } = temporaryFolder(files)
  const args = ['-s', 'explain', '--parallel', '3', '--format', 'json', '-d', '.', '--pattern', '*.js']
  const run = await localBrain(args, { cwd: root, host: server.url, onStart: (kill) => (interrupt = kill) })
  expect(run.code).toBe(130)
  const { reviewed, notReviewed } = reportOf(run)
  expect([reviewed.map(({ path }) => path), notReviewed.map(({ path }) => path)]).toEqual([
    ['a.js'],
    ['b.js', 'c.js', 'd.js'],
  ])
  await expect.poll(() => server.cancellations, { timeout: 20_000 }).toBe(3)
})
