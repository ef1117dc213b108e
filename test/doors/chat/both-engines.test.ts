/** Talking and written tasks in front of each kind of server, with the same scripts and the same assertions. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { shop } from '../../app/work/project.ts'
import { type ScriptSource, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { serve } from '../../scripted-ollama/serve.ts'
import { serveOpenAi } from '../../scripted-openai/scripted-openai.ts'
import { createFolder, createRepository } from '../../workspace.ts'
import { hasSandbox } from '../../workspace/sandbox/found.ts'
import { localBrain } from '../cli/local-brain.ts'
import { reportOf } from '../cli/ollama.ts'

const edit = (path: string, old: string, now: string) =>
  reply.calls({ name: 'edit_file', arguments: { path, old, new: now } })

describe.each([
  ['an Ollama server', async (script: ScriptSource) => serve({ script })],
  ['an OpenAI-compatible server', async (script: ScriptSource) => serveOpenAi({ script })],
])('with %s', (_, start) => {
  test('a conversation changes a file, goes on the next day, and is taken back', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    const env = { HOME: createFolder() }
    const server = await start([
      reply.calls({ name: 'read_file', arguments: { path: 'a.txt' } }),
      edit('a.txt', 'one', 'two'),
      reply.text('It says two now.'),
      reply.text('It was ', 'one.'),
    ])
    const at = { cwd: root, host: server.url, env }
    const first = await localBrain(['chat', '--allow', 'write'], { ...at, stdin: 'make it two\n' })
    expect(first).toMatchObject({ stdout: 'It says two now.\n', code: 0 })
    expect(first.stderr).toContain('M a.txt +1 −1')
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('two\n')
    const next = await localBrain(['chat', '-c'], { ...at, stdin: 'what was it before?\n' })
    expect(next).toMatchObject({ stdout: 'It was one.\n', code: 0 })
    const told = server.requests.map(({ messages }) => messages.map(({ role }) => role))
    expect(told[0]).toEqual(['system', 'user'])
    expect(told[2]?.slice(2)).toEqual(['assistant', 'tool', 'assistant', 'tool'])
    expect(told[3]?.slice(-3)).toEqual(['tool', 'assistant', 'user'])
    const undo = await localBrain(['undo'], { cwd: root, env })
    expect(undo.stdout).toContain('a.txt is as it was before')
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('one\n')
    expect(server.violations).toEqual([])
  })

  test.runIf(hasSandbox)(
    'a written task is carried out in a copy, its checks decide, and the patch is applied',
    async () => {
      const root = createRepository(shop)
      const env = { HOME: createFolder() }
      const server = await start([edit('cart.js', 'sum - price', 'sum + price'), reply.text('All tests pass.')])
      const run = await localBrain(['work', 'fix.md', '--allow', 'run', '--format', 'json'], {
        cwd: root,
        host: server.url,
        env,
      })
      expect(reportOf(run)).toMatchObject({
        exitCode: 0,
        verified: true,
        rounds: 1,
        checks: [{ command: 'bash test.sh', before: 'failed', after: 'ok' }],
        changes: [{ path: 'cart.js', kind: 'modify', added: 1, removed: 1 }],
      })
      expect(readFileSync(join(root, 'cart.js'), 'utf8')).toBe(shop['cart.js'])
      expect((await localBrain(['apply'], { cwd: root, env })).code).toBe(0)
      expect(readFileSync(join(root, 'cart.js'), 'utf8')).toContain('sum + price')
      expect(server.violations).toEqual([])
    },
  )
})
