import { expect, test } from 'vitest'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
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
