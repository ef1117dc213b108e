import { afterEach, expect, test } from 'vitest'
import { startScriptedOllama, type ScriptedOllama } from '../../scripted-ollama/scripted-ollama.ts'
import { createServer, type OllamaServer } from '../../../src/engines/ollama/server.ts'
import { serveHttp, type TestServer } from '../http-server.ts'

const never = new AbortController().signal
let server: ScriptedOllama | TestServer
let ollama: OllamaServer

afterEach(async () => {
  ollama.close()
  await server.close()
})

async function scripted(options: Parameters<typeof startScriptedOllama>[0] = {}): Promise<ScriptedOllama> {
  const started = await startScriptedOllama(options)
  server = started
  ollama = createServer({ url: started.url })
  return started
}

/** A server that answers every request with this JSON text. */
async function saying(json: string): Promise<void> {
  server = await serveHttp((_, response) => response.setHeader('content-type', 'application/json').end(json))
  ollama = createServer({ url: server.url })
}

test('reads the version', async () => {
  await scripted({ version: '0.32.15' })
  expect(await ollama.version(never)).toBe('0.32.15')
})

test('lists what is installed, and says what runs elsewhere', async () => {
  const remote = { host: 'https://ollama.com:443', model: 'gpt-oss:120b' }
  await scripted({
    models: [
      { name: 'here', size: 1000 },
      { name: 'elsewhere', remote },
    ],
  })
  const [here, elsewhere] = await ollama.tags(never)
  expect(here).toMatchObject({ name: 'here:latest', size: 1000, isRemote: false })
  expect(here?.digest).toMatch(/^[0-9a-f]{64}$/)
  expect(elsewhere).toMatchObject({ isRemote: true, remoteHost: remote.host })
})

test('shows what a model was trained for, can do and sets', async () => {
  await scripted({
    models: [{ name: 'a', contextLength: 32_768, numCtx: 8192, capabilities: ['completion', 'thinking'] }],
  })
  expect(await ollama.show('a', never)).toMatchObject({
    trainedContext: 32_768,
    numCtx: 8192,
    capabilities: ['completion', 'thinking'],
    isRemote: false,
    family: 'qwen3',
  })
})

test('shows no model that is not there', async () => {
  await scripted()
  await expect(ollama.show('llama9', never)).rejects.toMatchObject({
    code: 'model-missing',
    hint: 'ollama pull llama9',
  })
})

test('a list without models is empty', async () => {
  await saying('{"models":null}')
  expect(await ollama.tags(never)).toEqual([])
  expect(await ollama.ps(never)).toEqual([])
})

test.each(['{"models":[{"name":7}]}', '{"models":"many"}', '[]', '"text"', 'null', '{"models":[', ''])(
  'a list that reads %j is refused',
  async (json) => {
    await saying(json)
    await expect(ollama.tags(never)).rejects.toMatchObject({ code: 'server-failed', cause: { kind: 'odd-reply' } })
  },
)

test('a server that takes a quick question and says nothing is a timeout', async () => {
  server = await serveHttp(() => {})
  ollama = createServer({ url: server.url, budgets: { quickMs: 20 } })
  await expect(ollama.version(never)).rejects.toMatchObject({ code: 'timeout' })
})

test('every path below the address is kept', async () => {
  const paths: (string | undefined)[] = []
  server = await serveHttp((request, response) => {
    paths.push(request.url)
    response.setHeader('content-type', 'application/json').end('{"version":"1"}')
  })
  ollama = createServer({ url: `${server.url}/behind/a/proxy` })
  await ollama.version(never)
  expect(paths).toEqual(['/behind/a/proxy/api/version'])
})
