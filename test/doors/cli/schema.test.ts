import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const log = 'fix: a\nfeat!: b\n'

test('an answer is JSON of the shape that was asked for, and nothing else', async () => {
  const { root } = temporaryFolder()
  const server = await ollama([reply.json({ subject: 'b [x](http://e) \u202e', count: 2, breaking: true })])
  const run = await localBrain(['--schema', 'subject, count int, breaking bool: breaks callers'], {
    cwd: root,
    host: server.url,
    stdin: log,
  })
  expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') as string })
  expect(run.stdout).toContain('\\u202e')
  expect(JSON.parse(run.stdout)).toEqual({ subject: 'b [x](http://e) \u202e', count: 2, breaking: true })
  expect(server.requests[0]?.format).toMatchObject({
    properties: { subject: { type: 'string' }, count: { type: 'integer' }, breaking: { type: 'boolean' } },
    required: ['subject', 'count', 'breaking'],
  })
})

test('the shape may be a file with a JSON Schema', async () => {
  const schema = {
    type: 'object',
    properties: { tags: { type: 'array', items: { type: 'string' } } },
    required: ['tags'],
  }
  const { root } = temporaryFolder({ 'shape.json': JSON.stringify(schema), 'a.txt': log })
  const server = await ollama([reply.json({ tags: ['a'] })])
  const run = await localBrain(['--schema', 'shape.json', '-f', 'a.txt'], { cwd: root, host: server.url })
  expect(JSON.parse(run.stdout)).toEqual({ tags: ['a'] })
})

test('a question is looked into with tools first, then told in the shape', async () => {
  const { root } = temporaryFolder({ 'a.txt': 'the port is 8080\n' })
  const server = await ollama([
    reply.calls({ name: 'read_file', arguments: { path: 'a.txt' } }),
    reply.text('It is 8080, as a.txt:1 says.'),
    reply.json({ port: 8080 }),
  ])
  const run = await localBrain(['--schema', 'port int', 'which port?'], { cwd: root, host: server.url })
  expect(JSON.parse(run.stdout)).toEqual({ port: 8080 })
  const last = server.requests.at(-1)
  expect(last?.messages.map(({ content }) => content).join('\n')).toContain('It is 8080, as a.txt:1 says.')
  expect(last?.tools ?? []).toEqual([])
})

test('a reply of another shape is asked for once more; a second one is an end with exit code 4', async () => {
  const { root } = temporaryFolder()
  const server = await ollama([reply.json({ port: 'high' }), reply.json({ port: 1 })])
  const asked = ['--schema', 'port int', '-s', 'summarize']
  const mended = await localBrain(asked, { cwd: root, host: server.url, stdin: log })
  expect(JSON.parse(mended.stdout)).toEqual({ port: 1 })
  const never = await ollama([reply.json({ port: 'high' }), reply.json({ port: 'low' })])
  const run = await localBrain(asked, { cwd: root, host: never.url, stdin: log })
  expect(run).toMatchObject({ code: 4, stdout: '' })
})

test('a shape may say more than a server can hold a reply to, which is checked all the same', async () => {
  const { root } = temporaryFolder()
  const shape = {
    type: 'object',
    properties: {
      name: { allOf: [{ type: 'string' }, { minLength: 2 }] },
      pair: { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'number' } },
    },
    required: ['name', 'pair'],
  }
  const server = await ollama([reply.json({ name: 'a', pair: ['x', 1] }), reply.json({ name: 'ab', pair: ['x', 1] })])
  const run = await localBrain(['--schema', JSON.stringify(shape), 'which?'], { cwd: root, host: server.url })
  expect(run.stderr).not.toContain('bug in local-brain')
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('"ab"') as string })
  expect(server.requests).toHaveLength(2)
})

describe('what is no shape is refused before anything is asked', () => {
  test.each([
    ['age integr', '--schema: "age integr" is not a name and a type'],
    ['{"type":', '--schema is not a JSON Schema'],
    ['none.json', 'File "none.json" does not exist'],
    ['{"type": "array", "items": {"type": "string"}}', '--schema is of type "array", and an answer is an object'],
  ])('%s', async (shape, message) => {
    const { root } = temporaryFolder()
    const run = await localBrain(['--schema', shape, 'which?'], { cwd: root })
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string })
  })

  test('with a skill that gives findings', async () => {
    const { root } = temporaryFolder({ 'a.ts': 'let a\n' })
    const run = await localBrain(['--schema', 'a', '-s', 'code-review', '-f', 'a.ts'], { cwd: root })
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('gives findings') as string })
  })
})
