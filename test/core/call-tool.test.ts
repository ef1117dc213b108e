import * as z from 'zod'
import { describe, expect, test } from 'vitest'
import { callTool } from '../../src/core/call-tool.ts'
import { readOnly } from '../../src/core/permission.ts'
import { LocalBrainError } from '../../src/errors.ts'
import { listDirectory } from '../../src/tools/list-directory.ts'
import { readFile } from '../../src/tools/read-file.ts'
import { defineTool, type Tool } from '../../src/core/tool.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { ask, told } from '../tools.ts'
import { createFolder, environment } from '../workspace.ts'

const call = (name: string, args: Record<string, unknown>) => ({ id: 'call', name, arguments: args, recovered: false })

function toolThat(run: Tool['run']): Tool {
  return defineTool({ name: 'try_it', description: 'Try it.', parameters: z.object({}), run })
}

async function callWith(tool: Tool, signal = new AbortController().signal, maxChars = 1000) {
  const workspace = await openWorkspace({ root: createFolder(), environment })
  return callTool([tool], call(tool.name, {}), { workspace, signal, maxChars, permit: readOnly })
}

describe('what a model gets wrong, it is told how to do right', () => {
  const usage = 'read_file takes path (string), offset (integer, optional), limit (integer, optional)'
  test.each<[string, Record<string, unknown>, string]>([
    ['read_fil', { path: 'a' }, 'Error: there is no tool "read_fil"; did you mean read_file?'],
    ['read_file', {}, `Error: "path" is missing; ${usage}`],
    ['read_file', { path: ['a'] }, `Error: "path" has to be a string; ${usage}`],
    ['read_file', { path: '' }, 'Error: . is a folder; list_directory shows what a folder holds'],
    ['read_file', { path: 'a', offset: 'two' }, `Error: "offset" has to be a number; ${usage}`],
    ['read_file', { offset: 1.5 }, `Error: "path" is missing, "offset" has to be a whole number; ${usage}`],
    ['git_log', { count: 0 }, 'Error: "count" has to be at least 1; git_log takes count (integer, optional), '],
    ['git_log', { count: 1000 }, 'Error: "count" has to be at most 200; git_log takes '],
    ['search_code', { pattern: '' }, 'Error: "pattern" must have 1 to 500 characters; search_code takes '],
    ['search_code', { pattern: 'x'.repeat(501) }, 'Error: "pattern" must have 1 to 500 characters; '],
  ])('%s %j', async (name, args, expected) => {
    const result = await ask(createFolder({ a: 'x' }), [name, args])
    expect(result.ok).toBe(false)
    expect(result.result.startsWith(expected)).toBe(true)
  })
})

test('a name like nothing there is gets the names there are', async () => {
  expect(await told(createFolder(), ['launch_rocket'])).toMatch(
    /^Error: there is no tool "launch_rocket"; one of: read_file, list_directory, /,
  )
})

test('an argument that the tool does not have is named, and the rest still done', async () => {
  const result = await told(createFolder({ 'a.txt': 'one\n' }), ['read_file', { path: 'a.txt', start_line: 1 }])
  expect(result).toMatch(/^\[not used: "start_line"; read_file takes path .*\]\na\.txt, lines 1-1 of 1 line\n1\| one$/)
})

test('numbers and truth values written as text are taken for what they are', async () => {
  const root = createFolder({ 'a.txt': 'one\nTWO\n' })
  expect(await told(root, ['read_file', { path: 'a.txt', offset: '2', limit: null }])).toContain('2| TWO')
  expect(await told(root, ['search_code', { pattern: 'two', ignore_case: 'true' }])).toContain('2: TWO')
})

test('a remedy names only tools that are offered', async () => {
  const workspace = await openWorkspace({ root: createFolder(), environment })
  const context = { workspace, signal: new AbortController().signal, maxChars: 1000, permit: readOnly }
  const { result } = await callTool([readFile], call('read_file', { path: 'gone' }), context)
  expect(result).toBe('Error: gone does not exist')
})

test('a remedy is named where it helps, and not for what is there and refused', async () => {
  const workspace = await openWorkspace({ root: createFolder(), environment })
  const context = { workspace, signal: new AbortController().signal, maxChars: 1000, permit: readOnly }
  const refusing = toolThat(async () => {
    throw new LocalBrainError('not-available', 'only commands that begin with npm may be run')
  })
  const { result } = await callTool([refusing, listDirectory], call('try_it', {}), context)
  expect(result).toBe('Error: only commands that begin with npm may be run')
})

test('a tool that breaks is an error for the model, and no more', async () => {
  const result = await callWith(toolThat(() => Promise.reject(new TypeError('x is not a function'))))
  expect(result).toMatchObject({ ok: false, result: 'Error: try_it failed: x is not a function' })
})

test('a tool that breaks before it promises anything is one too', async () => {
  const result = await callWith(
    toolThat(() => {
      throw new Error('at once')
    }),
  )
  expect(result).toMatchObject({ ok: false, result: 'Error: try_it failed: at once' })
})

test('an abort is rethrown, even when the tool does not hear it', async () => {
  const controller = new AbortController()
  const hanging = toolThat(() => {
    controller.abort(new Error('enough'))
    return new Promise(() => {})
  })
  await expect(callWith(hanging, controller.signal)).rejects.toThrow('enough')
})

test('an abort that reaches the tool as another error is rethrown as the abort', async () => {
  const controller = new AbortController()
  const failing = toolThat(() => {
    controller.abort(new Error('enough'))
    return Promise.reject(new Error('git died'))
  })
  await expect(callWith(failing, controller.signal)).rejects.toThrow('enough')
})

test('after an abort nothing is begun', async () => {
  let begun = false
  const tool = toolThat(() => {
    begun = true
    return Promise.resolve('')
  })
  await expect(callWith(tool, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  expect(begun).toBe(false)
})

test('no result is longer than the context has room for', async () => {
  const { result } = await callWith(
    toolThat(() => Promise.resolve('word '.repeat(1000))),
    undefined,
    500,
  )
  expect(result.length).toBeLessThanOrEqual(500)
  expect(result.endsWith('[cut: too long]')).toBe(true)
})

test.each(['\nfirst\n\nlast\n', '\n', '  "quoted"  ', '\r\n'])(
  'the tool gets the text %j as it was given',
  async (content) => {
    const parameters = z.object({ path: z.string(), content: z.string() })
    const note = defineTool({
      name: 'write_note',
      description: 'Write it.',
      parameters,
      run: async (args) => JSON.stringify(args),
    })
    const workspace = await openWorkspace({ root: createFolder(), environment })
    const context = { workspace, signal: new AbortController().signal, maxChars: 1000, permit: readOnly }
    const { result } = await callTool([note], call('write_note', { path: '\n"a.txt"\n', content }), context)
    expect(JSON.parse(result)).toEqual({ path: 'a.txt', content })
  },
)
