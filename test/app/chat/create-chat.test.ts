import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ApprovalQuestion, type CreateChatOptions, createChat } from '../../../src/index.ts'
import { storePaths } from '../../../src/store/paths.ts'
import { reply, type ScriptSource } from '../../scripted-ollama/scripted-ollama.ts'
import { ollama } from '../../doors/cli/ollama.ts'
import { createFolder, createRepository, environment } from '../../workspace.ts'

const edit = (old: string, now: string) =>
  reply.calls({ name: 'edit_file', arguments: { path: 'a.txt', old, new: now } })

/** What a program needs to open the same chat again and again. */
async function library(script: ScriptSource) {
  const server = await ollama(script)
  const root = createRepository({ 'a.txt': 'one\n' })
  const usual = { root, environment, paths: storePaths({}, createFolder()), model: { host: server.url } }
  return { server, root, open: async (options: CreateChatOptions = {}) => createChat({ ...usual, ...options }) }
}

test('a program decides about each call, and its words reach the model', async () => {
  const { server, root, open } = await library([edit('one', '1'), edit('one', 'two'), reply.text('Done.')])
  const asked: ApprovalQuestion[] = []
  const chat = await open({
    async approve(question) {
      asked.push(question)
      return question.preview?.includes('+two') === true ? 'yes' : { no: 'in words, please' }
    },
  })
  const turn = await chat.send('change it')
  expect(turn).toMatchObject({ text: 'Done.', stop: 'answered', exitCode: 0, changes: [{ path: 'a.txt', by: 'tool' }] })
  expect(asked.map(({ access }) => access)).toEqual(['write', 'write'])
  expect(server.requests[1]?.messages.at(-1)?.content).toContain('the person said no: in words, please')
  expect(chat.changed()).toEqual(['a.txt: changed (+1 −1)'])
  await chat.undo()
  expect([readFileSync(join(root, 'a.txt'), 'utf8'), chat.changed()]).toEqual(['one\n', []])
  await chat.close()
})

test('without anybody to ask, what is not allowed is not offered', async () => {
  const { server, open } = await library([reply.text('Hello.')])
  const chat = await open()
  // Who chose no skill is told nothing of what one might do.
  expect(chat.warnings).toEqual([])
  await chat.send('hello')
  expect(JSON.stringify(server.requests[0]?.tools)).not.toMatch(/edit_file|run_command/)
  await chat.close()
  // Nor is it news that what was allowed is all that is offered.
  for (const options of [{ allow: 'write' }, { allow: 'run', noCommands: true }] as const) {
    const other = await open(options)
    expect([other.warnings, other.status().access]).toEqual([[], 'write'])
    await other.close()
  }
})

test('a chat that was closed is opened again in the same process, and knows what it changed', async () => {
  const { server, root, open } = await library([edit('one', 'two'), reply.text('Done.'), reply.text('Yes.')])
  const first = await open({ allow: 'write', session: true })
  await first.send('change it')
  const { session } = first.status()
  expect(await first.close()).toBeUndefined()
  const again = await open({ allow: 'write', session: session ?? false })
  await again.send('sure?')
  const said = server.requests.at(-1)?.messages.map(({ role, content }) => `${role}: ${content.slice(0, 9)}`) ?? []
  expect([said[1], ...said.slice(-2)]).toEqual(['user: change it', 'assistant: Done.', 'user: sure?'])
  expect(Buffer.from(await again.diff()).toString()).toContain('-one\n+two')
  await again.undo()
  expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('one\n')
  await again.close()
})

test('a message that cannot be sent is refused with what to do, and the chat goes on', async () => {
  const { open } = await library([reply.text('Hello.')])
  const chat = await open()
  await expect(chat.send('x'.repeat(300_000))).rejects.toThrow('The message has 293 kB, and 200 kB is the most')
  await expect(chat.send('word '.repeat(20_000))).rejects.toThrow(/takes about \d+ tokens, and \d+ of the window/)
  await expect(chat.undo()).rejects.toThrow('Nothing was changed')
  expect((await chat.send('hello')).text).toBe('Hello.')
  await chat.close()
})

test('a model that changes a file back and forth is asked to answer, and one that tries twice is not', async () => {
  const there = edit('one', 'two')
  const back = edit('two', 'one')
  const circle = [there, back, there, back, there]
  const { server, open } = await library([...circle, reply.text('Stopped.'), back, there, back, reply.text('Done.')])
  const chat = await open({ allow: 'write' })
  const stopped = await chat.send('improve it')
  expect(server.requests[circle.length]?.tools ?? []).toEqual([])
  expect(stopped).toMatchObject({ text: 'Stopped.', stop: 'repeated', turns: 6, exitCode: 0 })
  expect(stopped.warnings.join()).toContain('changed a file back and forth')
  // Another message begins anew.
  expect(await chat.send('as it was')).toMatchObject({ text: 'Done.', stop: 'answered', warnings: [] })
  await chat.close()
})
