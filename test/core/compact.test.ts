import { describe, expect, test } from 'vitest'
import { createConversation } from '../../src/core/conversation.ts'
import type { AgentEvent } from '../../src/core/events.ts'
import type { Message } from '../../src/core/model.ts'
import { readOnly } from '../../src/core/permission.ts'
import { LocalBrainError } from '../../src/errors.ts'
import { selectTools } from '../../src/tools/index.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { type Line, scriptedModel } from '../scripted-model.ts'
import { createFolder, environment } from '../workspace.ts'

const { signal } = new AbortController()
const limits = { signal, turns: 6, maxTokens: 400 }
const system: Message = { role: 'system', content: 'Help.' }
const words = (count: number) => 'word '.repeat(count)
const read = (path: string) => [{ name: 'read_file', arguments: { path } }]

/** A conversation in a window of 4,096 tokens, and what it was asked and told. */
async function talk(lines: Line[], { said = [system], changed = [] as string[] } = {}) {
  const model = scriptedModel(lines, { window: 4096 })
  const events: AgentEvent[] = []
  const files = { 'long.txt': `${'word '.repeat(15)}\n`.repeat(30), 'short.txt': 'short\n' }
  const conversation = createConversation(
    {
      model,
      tools: selectTools(['read_file']),
      permit: readOnly,
      workspace: await openWorkspace({ root: createFolder(files), environment }),
      compaction: { changed: () => changed },
      emit: (event) => events.push(event),
    },
    said,
  )
  const compacts = () => events.filter((event) => event.type === 'compact')
  return { conversation, model, compacts, events }
}

test('a conversation that has room is only added to', async () => {
  const { conversation, model, compacts } = await talk([read('short.txt'), 'It is short.', 'Yes.'])
  await conversation.send('what is in short.txt?', limits)
  await conversation.send('sure?', limits)
  const [first, second, third] = model.requests.map(({ messages }) => JSON.stringify(messages).slice(0, -1))
  expect(second?.startsWith(first ?? '-')).toBe(true)
  expect(third?.startsWith(second ?? '-')).toBe(true)
  expect(compacts()).toEqual([])
})

test('the oldest results give way first, the answers stay, and it is said', async () => {
  const lines = [1, 2, 3, 4].flatMap((at) => [read('long.txt'), `Answer ${at}.`])
  const { conversation, model, compacts } = await talk(lines)
  for (const at of [1, 2, 3, 4]) await conversation.send(`question ${at}`, limits)
  expect(compacts()).toMatchObject([{ type: 'compact', before: expect.any(Number), after: expect.any(Number) }])
  expect(compacts()[0]).not.toHaveProperty('notes')
  const told = model.requests.at(-1)?.messages.map(({ content }) => content) ?? []
  expect(told.filter((content) => content.startsWith('[removed to make room'))).not.toHaveLength(0)
  expect(told).toContain('Answer 1.')
})

describe('when that is not enough', () => {
  const said: Message[] = [
    system,
    ...[1, 2, 3, 4].flatMap((at): Message[] => [
      { role: 'user', content: `question ${at} ${words(200)}` },
      { role: 'assistant', content: `answer ${at} ${words(230)}`, toolCalls: [] },
    ]),
  ]

  test('the model writes notes, and these, the last exchanges and the record of changes are what it goes on from', async () => {
    const { conversation, model, compacts } = await talk(['Goal: count words.', 'Go on.'], {
      said,
      changed: ['a.ts: created (+3 −0)'],
    })
    const { usage } = await conversation.send('go on', limits)
    const [asked, next] = model.requests
    expect(asked?.messages.at(-1)?.content).toMatch(/^Write notes on this conversation/)
    expect(usage, 'the notes were paid for too').toMatchObject({ modelCalls: 2, promptTokens: 20, outputTokens: 10 })
    expect(asked).toMatchObject({ tools: [], maxTokens: 600 })
    const contents = next?.messages.map(({ content }) => content) ?? []
    expect(contents.slice(0, 3)).toEqual([
      'Help.',
      '[The conversation so far was shortened to these notes]\nGoal: count words.\n\nFiles changed so far, as local-brain recorded them:\n- a.ts: created (+3 −0)',
      'I go on from these notes.',
    ])
    expect(contents.slice(3).map((content) => content.slice(0, 10))).toEqual([
      'question 3',
      'answer 3 w',
      'question 4',
      'answer 4 w',
      'go on',
    ])
    expect(compacts()).toMatchObject([{ notes: 'Goal: count words.', kept: 5 }])
    expect((compacts()[0] as { after: number }).after).toBeLessThan(4096 * 0.7)
  })

  test('a failure of the server takes nothing but the notes: what was asked stands in their place', async () => {
    const { conversation, model } = await talk([new LocalBrainError('server-failed', 'broken'), 'Go on.'], { said })
    expect(await conversation.send('go on', limits)).toMatchObject({ text: 'Go on.', stop: 'answered' })
    expect(model.requests.at(-1)?.messages[1]?.content).toContain('The person asked, in this order:\n- question 1 word')
  })

  test('notes are written over the notes before them', async () => {
    const { conversation, model } = await talk(['First notes.', 'Yes.', 'Second notes.', 'Done.'], { said })
    await conversation.send('go on', limits)
    await conversation.send(`more ${words(900)}`, limits)
    const contents = model.requests.at(-1)?.messages.map(({ content }) => content) ?? []
    expect(model.requests[2]?.messages.some(({ content }) => content.includes('First notes.'))).toBe(true)
    expect(contents[1]).toContain('Second notes.')
    expect(contents.join('\n')).not.toContain('First notes.')
  })
})

test('within one turn the question and the latest calls stay', async () => {
  const write = (at: number) => [{ name: 'nothing', arguments: { content: `${at} ${words(500)}` } }]
  const { conversation, model } = await talk([write(1), write(2), write(3), write(4), 'Notes.', 'Done.'])
  const answer = await conversation.send('write four files', limits)
  const last = model.requests.at(-1)
  expect(answer.text).toBe('Done.')
  expect(last?.messages.some(({ content }) => content === 'write four files')).toBe(true)
  for (const { messages, tools } of model.requests) expect(model.tokens(messages, tools)).toBeLessThan(4096)
})

test('it can be asked for at any time', async () => {
  const { conversation, model, events } = await talk(['Long.', 'Yes.', 'No.', 'Notes.', 'Hm.'])
  for (const text of [words(200), 'one', 'two']) await conversation.send(text, limits)
  await conversation.compact(signal)
  await conversation.send('three', limits)
  expect(model.requests.at(-1)?.messages.map(({ content }) => content.split('\n').at(-1))).toEqual([
    'Help.',
    'Notes.',
    'I go on from these notes.',
    'one',
    'Yes.',
    'two',
    'No.',
    'three',
  ])
  expect(events.map(({ type }) => type)).not.toContain('warning')
})

test('notes that would be no shorter take the place of nothing, and that is said', async () => {
  const { conversation, model, compacts, events } = await talk(['Yes.', 'Notes.', 'Hm.'])
  await conversation.send('one', limits)
  await conversation.compact(signal)
  await conversation.send('two', limits)
  expect(model.requests.at(-1)?.messages.map(({ content }) => content)).toEqual(['Help.', 'one', 'Yes.', 'two'])
  expect(compacts()).toEqual([])
  expect(events).toContainEqual({
    type: 'warning',
    message: 'notes would be no shorter than the conversation, which stays as it is',
  })
})

test('what can be shortened no further is not sent', async () => {
  const { conversation, model } = await talk(['Notes.', 'never said'], {
    said: [{ role: 'system', content: words(4000) }],
  })
  expect(await conversation.send('hello', limits)).toMatchObject({ stop: 'context_full' })
  for (const { messages, tools } of model.requests) expect(model.tokens(messages, tools)).toBeLessThan(4096)
})
