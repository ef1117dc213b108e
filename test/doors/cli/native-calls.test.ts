import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const folded = '{"path": "a.js"}'

/** A reply with this in its `tool_calls`, as a server may send it. */
function calls(field: unknown): ReturnType<typeof reply.text> {
  const message = { role: 'assistant', content: '', tool_calls: field }
  return reply.raw(`${JSON.stringify({ model: 'scripted', message, done: false })}\n`)
}

const call = (name: unknown, given: unknown) => [{ function: { name, arguments: given } }]

/** What became of a run in which the server's first reply is a call, and what the model was told of it. */
async function afterCall(first: ReturnType<typeof reply.text>) {
  const { root } = repository({ 'a.js': 'export const x = 1\n' })
  const server = await ollama([first, reply.text('It sets x to 1.')])
  const run = await localBrain(['--format', 'json', 'what does a.js do?'], { cwd: root, host: server.url })
  const told = server.requests.at(-1)?.messages.filter(({ role }) => role === 'tool') ?? []
  return { run, report: reportOf(run), told: told.map(({ content }) => content), violations: server.violations }
}

describe('a call of the server’s own is run, however it is dressed', () => {
  test.each<[string, unknown]>([
    ['arguments as JSON text', call('read_file', folded)],
    ['arguments as JSON text in JSON text', call('read_file', JSON.stringify(folded))],
    ['arguments as text that is nearly JSON', call('read_file', "{'path': 'a.js',}")],
    ['arguments as the bare value', call('read_file', 'a.js')],
    ['arguments in a list', call('read_file', [{ path: 'a.js' }])],
    ['arguments under another name', [{ function: { name: 'read_file', parameters: { path: 'a.js' } } }]],
    ['another name for the path', call('read_file', { file_path: 'a.js' })],
    ['a namespace', call('functions.read_file', { path: 'a.js' })],
    ['another namespace', call('tools:read_file', { path: 'a.js' })],
    ['a server’s prefix', call('mcp__local_brain__read_file', { path: 'a.js' })],
    ['a channel behind the name', call('read_file<|channel|>commentary', { path: 'a.js' })],
    ['a channel before the name', call('assistant<|channel|>commentary to=functions.read_file', { path: 'a.js' })],
    ['capitals', call('Read_File', { Path: 'a.js' })],
    ['camel case', call('readFile', { path: 'a.js' })],
    ['a hyphen', call('read-file', { path: 'a.js' })],
    ['blanks', call(' read_file\n', { path: 'a.js' })],
    ['no function around it', [{ id: 'call_1', name: 'read_file', arguments: { path: 'a.js' } }]],
    ['OpenAI’s form', [{ id: 'call_1', type: 'function', function: { name: 'read_file', arguments: folded } }]],
    ['no list around it', call('read_file', { path: 'a.js' })[0]],
    ['a number for its id', [{ id: 7, function: { name: 'read_file', arguments: { path: 'a.js' } } }]],
  ])('%s', async (_, field) => {
    const { run, report, told, violations } = await afterCall(calls(field))
    expect(told).toEqual([expect.stringContaining('export const x = 1')])
    expect(report).toMatchObject({ answer: 'It sets x to 1.', turns: 2, model: { toolCalling: 'native' } })
    expect(report.toolCalls).toMatchObject([{ name: 'read_file', ok: true, recovered: false }])
    expect(run.code).toBe(0)
    expect(violations).toEqual([])
  })
})

describe('an odd call is answered like any wrong call, and the run goes on', () => {
  test.each<[string, unknown, RegExp]>([
    ['text that is no JSON', call('read_file', '{"path": '), /^Error: "path" is missing; read_file takes path/],
    ['a number', call('read_file', 7), /^Error: "path" is missing/],
    ['a list of names', call('read_file', ['a.js', 'b.js']), /^Error: "path" is missing/],
    ['null', call('read_file', null), /^Error: "path" is missing/],
    [
      'another tool',
      call('functions.delete_file', { path: 'a.js' }),
      /^Error: there is no tool "functions\.delete_file"/,
    ],
    ['no name', [{ function: { arguments: { path: 'a.js' } } }], /^Error: there is no tool "unnamed"/],
    ['a name that is no text', call({ name: 'read_file' }, { path: 'a.js' }), /^Error: there is no tool/],
    ['an empty name', call('', { path: 'a.js' }), /^Error: there is no tool "unnamed"/],
    ['nothing but an id', [{ id: 'call_1' }], /^Error: there is no tool "unnamed"/],
  ])('%s', async (_, field, words) => {
    const { run, report, told, violations } = await afterCall(calls(field))
    expect(told).toEqual([expect.stringMatching(words)])
    expect(report).toMatchObject({ answer: 'It sets x to 1.', turns: 2 })
    expect(run.code).toBe(0)
    expect(violations).toEqual([])
  })

  test('arguments that are nested without end', async () => {
    const deep = `${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`
    const line = `{"model":"scripted","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"read_file","arguments":{"path":${deep}}}}]},"done":false}\n`
    const { run, told } = await afterCall(reply.raw(line))
    expect(told).toEqual([expect.stringMatching(/^Error: "path" is missing/)])
    expect(run.code).toBe(0)
  })
})

test.each<[string, unknown]>([
  ['nothing', null],
  ['an empty list', []],
  ['a word', 'none'],
  ['entries that are no calls', [null, 'none', 7]],
])('a list of calls that holds %s leaves the answer as it is', async (_, field) => {
  const message = { role: 'assistant', content: 'It sets x to 1.', tool_calls: field }
  const { report } = await afterCall(reply.raw(`${JSON.stringify({ model: 'scripted', message, done: false })}\n`))
  expect(report).toMatchObject({ answer: 'It sets x to 1.', toolCalls: [], turns: 1, exitCode: 0 })
})
