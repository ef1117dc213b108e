import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'
import { mcpConformance, openResponses } from './install.ts'
import { overHttp } from './mcp-over-http.ts'
import { program, served } from './started.ts'

type Result = { id: string; status: string; errors?: string[] }

type Suite = {
  runAllTests(config: Record<string, unknown>, onProgress: (result: Result) => void): Promise<Result[]>
}

/** What the server does not do, as docs/serve.md says: the cases that ask for it do not pass. */
const notOffered: [case_: RegExp, why: string][] = [
  [/^image-input$|^file-input$/, 'only text is read'],
  [/^websocket-/, 'no other protocol than HTTP is spoken'],
  [/^compact-/, 'there is no /v1/responses/compact'],
  [/^previous-response-id$/, 'no response is kept'],
]

test('the Open Responses suite finds nothing wrong with what is offered', async (context) => {
  const suite = openResponses()
  if ('reason' in suite) return context.skip(`the Open Responses suite can't be had: ${suite.reason}`)
  const loaded = (await import(suite.file)) as Suite
  const { root } = repository({ 'a.txt': 'one\n' })
  const url = await served({
    cwd: root,
    script: ({ messages, tools }) =>
      tools?.length === 1 && messages.at(-1)?.role !== 'tool'
        ? reply.calls({ name: 'get_weather', arguments: { location: 'San Francisco, CA' } })
        : reply.text('One, two, ', 'three.'),
  })
  const config = { baseUrl: `${url}/v1`, apiKey: 'local', authHeaderName: 'Authorization', useBearerPrefix: true }
  const results = await loaded.runAllTests({ ...config, model: 'scripted' }, () => undefined)
  const failed = results.filter(({ status }) => status === 'failed')
  const reasonOf = ({ id }: Result) => notOffered.find(([cases]) => cases.test(id))?.[1]
  for (const one of results)
    console.log(`${one.status} ${one.id}`, one.status === 'failed' ? (reasonOf(one) ?? '') : '')
  expect(failed.filter((one) => reasonOf(one) === undefined)).toEqual([])
  expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(4)
})

const scenarios = ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection']

test.for(scenarios)("MCP's conformance program finds nothing wrong with %s", async (scenario, context) => {
  const found = mcpConformance()
  if ('reason' in found) return context.skip(`MCP's conformance program can't be had: ${found.reason}`)
  const { root } = repository({ 'a.txt': 'one\n' })
  const url = await overHttp(async () => (await program(['mcp'], { cwd: root, script: [] })).child)
  const [node, file] = found.words
  const args = [file, 'server', '--url', url, '--scenario', scenario]
  const child = spawn(node, args, { cwd: temporaryFolder().root })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect({ code, end: text.slice(-2000) }).toMatchObject({ code: 0 })
})
