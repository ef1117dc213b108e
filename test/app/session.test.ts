import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { run } from '../../src/app/run.ts'
import { type Session, openSession } from '../../src/app/session.ts'
import { storePaths } from '../../src/store/paths.ts'
import { scriptedEngine } from '../scripted-engine.ts'
import { createFolder, createRepository, environment } from '../workspace.ts'

const end = new AbortController()
const quiet = { emit: () => undefined, signal: end.signal }
const call = (name: string, args: Record<string, unknown>) => ({ id: name, name, arguments: args, recovered: false })

/** Looks at the folder and reads a file, as a model would that is asked for both. */
async function look(root: string) {
  const engine = scriptedEngine((_, number) => {
    const toolCalls = number === 1 ? [call('list_directory', { path: '.' }), call('read_file', { path: 'a.txt' })] : []
    return { message: { role: 'assistant', content: number === 1 ? '' : 'Seen.', toolCalls } }
  })
  const paths = storePaths({}, createFolder())
  const request = { work: { files: [], prompt: 'what is here?' }, cwd: root, environment, paths }
  const { answer } = await run(request, { ...quiet, engine })
  const told = engine.requests.at(-1)?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))
  return { answer, told: told?.join('\n') ?? '', closed: engine.closed }
}

test('opened twice in one process, a session sees what changed in between', async () => {
  const root = createRepository({ 'a.txt': 'alpha\n', 'b.txt': 'beta\n' })
  const first = await look(root)
  writeFileSync(join(root, '.gitignore'), 'build\n')
  writeFileSync(join(root, 'build'), '')
  writeFileSync(join(root, 'a.txt'), 'gamma\n')
  writeFileSync(join(root, 'c.txt'), '')
  const second = await look(root)
  expect([first.answer, second.answer]).toEqual(['Seen.', 'Seen.'])
  expect(first.told).toContain('1| alpha')
  expect(second.told).toContain('1| gamma')
  expect(second.told).toContain('c.txt')
  expect(second.told).not.toContain('build\n')
  expect([first.closed, second.closed]).toEqual([1, 1])
})

test('two sessions at a time know nothing of each other, and closing one leaves the other open', async () => {
  const open = async (root: string): Promise<[Session, ReturnType<typeof scriptedEngine>]> => {
    const engine = scriptedEngine(({ messages }) => {
      return { message: { role: 'assistant', content: `${messages.length} so far`, toolCalls: [] } }
    })
    const paths = storePaths({}, createFolder())
    return [await openSession({ skill: 'ask', cwd: root, environment, paths }, { ...quiet, engine }), engine]
  }
  const [[one, ofOne], [other, ofOther]] = await Promise.all([
    open(createRepository({ 'a.txt': 'alpha\n' })),
    open(createRepository({ 'a.txt': 'gamma\n' })),
  ])
  const talks = await Promise.all([one.converse(), other.converse()])
  const limits = { signal: end.signal, turns: 2, maxTokens: 100 }
  await talks[0].send('well?', limits)
  await one.close()
  expect([ofOne.closed, ofOther.closed]).toEqual([1, 0])
  expect((await one.workspace.read('a.txt')).text).toBe('alpha\n')
  expect((await other.workspace.read('a.txt')).text).toBe('gamma\n')
  expect((await talks[1].send('and here?', limits)).text).toBe('1 so far')
  await other.close()
  expect(ofOther.closed).toBe(1)
})
