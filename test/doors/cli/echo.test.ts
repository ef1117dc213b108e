import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const plain = { models: [{ name: 'plain', capabilities: ['completion'] }] }

async function ask(script: Parameters<typeof ollama>[0], args = ['where is the timeout?'], options = plain) {
  const { root } = repository({ 'a.ts': 'export const timeout = 30\n' })
  const server = await ollama(script, options)
  const run = await localBrain(args, { cwd: root, host: server.url })
  return { run, server }
}

/** Says again what it was told about its tools. */
const echo: Parameters<typeof ollama>[0] = ({ messages }) => {
  const system = messages[0]?.content ?? ''
  return reply.text(...system.slice(system.indexOf('You can call these tools')).split(/(?<=\n)/))
}

test('a model that repeats its list of tools is asked once more, and then there is no answer', async () => {
  const { run, server } = await ask(echo)
  expect(run).toMatchObject({ stdout: '', code: 4 })
  expect(run.stderr).not.toContain('You can call')
  expect(server.requests).toHaveLength(2)
  expect(server.requests[1]?.messages.at(-1)?.content).toContain('do what was asked')
})

test.each<[string, ReturnType<typeof reply.text>]>([
  [
    'up to the limit of a reply',
    reply.cut('You can call these tools:\n\n- read_file: Read a text file, with line numbers.'),
  ],
  ['as an answer', reply.text('You can call these tools:\n\n- read_file: Read a text file, with line numbers.')],
])('what is repeated %s is not shown when the second reply is an answer', async (_, first) => {
  const { run } = await ask([first, reply.text('It is 30, in a.ts.')])
  expect(run).toMatchObject({ stdout: 'It is 30, in a.ts.\n', code: 0 })
})

test('nor does a model with calls of its own give them for an answer', async () => {
  const list: Parameters<typeof ollama>[0] = ({ tools = [] }) =>
    reply.text(tools.map(({ function: { name, description } }, at) => `${at + 1}. ${name}: ${description}`).join('\n'))
  const { run, server } = await ask(list, undefined, {
    models: [{ name: 'm', capabilities: ['completion', 'tools'] }],
  })
  expect(run).toMatchObject({ stdout: '', code: 4 })
  expect(server.requests).toHaveLength(2)
})

test('an answer about the tools stays one', async () => {
  const text = '- read_file: Read a text file, with line numbers.'
  const { run } = await ask(() => reply.text(text), ['which tools can you call?'])
  expect(run).toMatchObject({ stdout: `${text}\n`, code: 0 })
})

describe('summarize offers tools only when it was given nothing but a name', () => {
  const told = async (args: string[], stdin?: string) => {
    const { root } = repository({ 'a.ts': 'export const timeout = 30\n' })
    const servers = await Promise.all([
      ollama(() => reply.text('A timeout.')),
      ollama(() => reply.text('A timeout.'), plain),
    ])
    for (const server of servers) {
      const run = await localBrain(['-s', 'summarize', ...args], { cwd: root, host: server.url, stdin })
      expect(run).toMatchObject({ stdout: 'A timeout.\n', code: 0 })
    }
    const [native, prompted] = servers.map((server) => server.requests[0])
    const system = prompted?.messages[0]?.content ?? ''
    expect(system.includes('call a tool')).toBe((native?.tools ?? []).length > 0)
    return (native?.tools ?? []).map((tool) => tool.function.name)
  }
  test.each<[string, string[], string | undefined]>([
    ['piped text', [], 'Twelve people met and decided to go on.\n'],
    ['a file', ['-f', 'a.ts'], undefined],
    ['a file and a prompt', ['-f', 'a.ts', 'in one word'], undefined],
  ])('not for %s', async (_, args, stdin) => {
    expect(await told(args, stdin)).toEqual([])
  })

  test('but for a name', async () => {
    expect(await told(['the module with the timeout'])).toEqual(['read_file', 'list_directory', 'file_info'])
  })

  test('the dry run says the same', async () => {
    const { root } = repository({ 'a.ts': 'export const timeout = 30\n' })
    const plan = async (...args: string[]) => {
      const run = await localBrain(['-s', 'summarize', '--dry-run', '--format', 'json', ...args], { cwd: root })
      return (JSON.parse(run.stdout) as { requests: { tools: unknown[] }[] }).requests[0]?.tools.length
    }
    expect([await plan('-f', 'a.ts'), await plan('the module with the timeout')]).toEqual([0, 3])
  })
})

test('explain may still look for what a file needs', async () => {
  const { server } = await ask(() => reply.text('It waits.'), ['-s', 'explain', '-f', 'a.ts'], {
    models: [{ name: 'm', capabilities: ['completion', 'tools'] }],
  })
  expect(server.requests[0]?.tools?.length).toBeGreaterThan(0)
})
