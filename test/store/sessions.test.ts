import { appendFileSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readTranscript } from '../../src/app/chat/transcript.ts'
import {
  continueSession,
  createSession,
  findSession,
  listSessions,
  loadSession,
  sessionFolder,
} from '../../src/store/sessions.ts'
import { createFolder } from '../workspace.ts'

const about = { root: '/work/shop', model: 'm', skill: 'chat' }
const user = (content: string) => ({ type: 'user', content })

/** A session with these messages. */
async function session(messages: string[], state = createFolder()) {
  const folder = sessionFolder(state, about.root)
  const file = await createSession(folder, about)
  for (const message of messages) file.append(user(message))
  expect(await file.settled()).toBeUndefined()
  return { state, folder, id: file.id, path: join(folder, `${file.id}.jsonl`) }
}

const saidIn = async (path: string) =>
  readTranscript((await loadSession(path)).lines).messages.map(({ content }) => content)

test('a session is found again, by its id or the end of it, and nobody else may read it', async () => {
  const { state, folder, id, path } = await session(['one', 'two'])
  expect(await listSessions(folder)).toMatchObject([{ id, title: 'one' }])
  expect(await findSession(state, about.root, id.slice(-4))).toBe(path)
  expect(await saidIn(path)).toEqual(['one', 'two'])
  expect([statSync(path).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700])
})

describe('a record that is damaged', () => {
  test('a torn line is lost, and what is said after it is not', async () => {
    const { path } = await session(['one', 'two'])
    truncateSync(path, statSync(path).size - 10)
    const file = await continueSession(await loadSession(path))
    file.append(user('three'))
    await file.settled()
    expect(await saidIn(path)).toEqual(['one', 'three'])
    expect(readFileSync(path, 'utf8').endsWith('"three"}\n')).toBe(true)
  })

  test('a line of a later version is left out', async () => {
    const { path } = await session(['one'])
    appendFileSync(path, '{"type":"hologram","content":1}\n[]\nnull\n\u0000\n')
    expect(await saidIn(path)).toEqual(['one'])
  })

  test.each([
    [
      'another version',
      '{"schema":"local-brain.session/2","id":"x","root":"/","model":"m","skill":"s"}\n',
      'is not a local-brain.session/1',
    ],
    ['nothing', '', 'is not a local-brain.session/1'],
    ['no JSON', 'hello\n', 'is not a local-brain.session/1'],
  ])('a file of %s is no session', async (_, text, problem) => {
    const path = join(createFolder(), 'x.jsonl')
    writeFileSync(path, text)
    await expect(loadSession(path)).rejects.toThrow(problem)
  })

  test('one of 60 MB is refused with its limit', async () => {
    const path = join(createFolder(), 'x.jsonl')
    writeFileSync(path, '')
    truncateSync(path, 60 * 1024 * 1024)
    await expect(loadSession(path)).rejects.toThrow('it is larger than 50 MB')
  })
})

test('the newest 50 of the last 90 days stay', async () => {
  const { state, folder, path } = await session(['old'])
  const old = new Date(Date.now() - 91 * 24 * 3600 * 1000)
  utimesSync(path, old, old)
  for (let at = 0; at < 52; at += 1) await session([`${at}`], state)
  const all = await listSessions(folder)
  expect(all).toHaveLength(50)
  expect(all.map(({ title }) => title)).not.toContain('old')
})

test('a shortened conversation is read as it went on', () => {
  const { messages, changes } = readTranscript([
    user('one'),
    { type: 'assistant', content: 'One.', toolCalls: [] },
    { type: 'change', path: 'a.ts', kind: 'create', added: 3, removed: 0, by: 'tool', step: 's1' },
    { type: 'change', path: 'b.ts', kind: 'modify', added: 1, removed: 1, by: 'command', step: 's2' },
    { type: 'undo', step: 's2' },
    user('two'),
    { type: 'compact', before: 9, after: 5, notes: 'Goal: one.', kept: 1 },
    { type: 'assistant', content: 'Two.', toolCalls: [] },
    user('never answered'),
    { type: 'retry' },
  ])
  expect(messages.map(({ content }) => content)).toEqual([
    '[The conversation so far was shortened to these notes]\nGoal: one.\n\nFiles changed so far, as local-brain recorded them:\n- a.ts: created (+3 −0)',
    'I go on from these notes.',
    'two',
    'Two.',
  ])
  expect(changes).toMatchObject([{ path: 'a.ts' }])
})
