import { expect, test } from 'vitest'
import { type Conversation, createConversation } from '../../src/core/conversation.ts'
import type { SendLimits } from '../../src/core/conversation-settings.ts'
import type { AgentEvent } from '../../src/core/events.ts'
import type { Model } from '../../src/core/model.ts'
import { readOnly } from '../../src/core/permission.ts'
import { deadlineError } from '../../src/core/deadline.ts'
import { LocalBrainError } from '../../src/errors.ts'
import { selectTools } from '../../src/tools/index.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { type Line, scriptedModel } from '../scripted-model.ts'
import { environment } from '../workspace.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

const files = { 'a.txt': 'alpha\n', 'b.txt': 'beta\n', 'long.txt': `${'word '.repeat(15)}\n`.repeat(40) }

type Change = Partial<SendLimits> & { model?: Model }

async function ask(lines: Line[], { model: other, ...limits }: Change = {}) {
  const model = scriptedModel(lines)
  const events: AgentEvent[] = []
  const conversation: Conversation = createConversation({
    model: other ?? model,
    tools: selectTools(['read_file', 'list_directory']),
    permit: readOnly,
    workspace: await openWorkspace({ root: temporaryFolder(files).root, environment }),
    emit: (event) => events.push(event),
  })
  const { signal } = new AbortController()
  const answer = await conversation.send('what is in a.txt?', { signal, turns: 5, maxTokens: 100, ...limits })
  return { answer, events, requests: model.requests, messages: conversation.messages }
}

const read = (path: string) => ({ name: 'read_file', arguments: { path } })

test('text is the answer', async () => {
  const { answer } = await ask(['It is alpha.'])
  expect(answer).toMatchObject({ text: 'It is alpha.', stop: 'answered', turns: 1, toolCalls: [] })
})

test('the model is told what each of its calls gave, in order', async () => {
  const { requests } = await ask([[read('a.txt'), read('b.txt')], 'done'])
  const results = requests[1]?.messages.slice(-2)
  expect(results).toMatchObject([
    { role: 'tool', toolName: 'read_file', toolCallId: 'call_1_0', content: expect.stringContaining('alpha') },
    { role: 'tool', toolName: 'read_file', toolCallId: 'call_1_1', content: expect.stringContaining('beta') },
  ])
})

test('a call that fails tells the model what to do next, and the run goes on', async () => {
  const { answer, requests } = await ask([[read('c.txt')], 'there is none'])
  expect(requests[1]?.messages.at(-1)?.content).toMatch(/^Error: .*c\.txt/)
  expect(answer).toMatchObject({ stop: 'answered', toolCalls: [{ ok: false }] })
})

test('the error of a tool is no answer: the model is told once, and then it has given none', async () => {
  const error = 'Error: c.txt does not exist'
  const mended = await ask([[read('c.txt')], `\`${error}\``, 'There is no c.txt.'])
  expect(mended.answer).toMatchObject({ text: 'There is no c.txt.', stop: 'answered', turns: 3 })
  expect(mended.requests[2]?.messages.at(-1)).toMatchObject({
    role: 'user',
    content: expect.stringContaining('no answer'),
  })
  expect(mended.events).toContainEqual(expect.objectContaining({ type: 'retry' }))
  const never = await ask([[read('c.txt')], error, error, 'never asked'])
  expect(never.answer).toMatchObject({ text: '', stop: 'unusable', turns: 3 })
  const words = await ask([[read('c.txt')], 'Error: what you ask for is not here.'])
  expect(words.answer).toMatchObject({ stop: 'answered', turns: 2 })
})

test('a path outside the workspace is refused like a missing one', async () => {
  const { requests } = await ask([[read('../../etc/passwd')], 'no'])
  expect(requests[1]?.messages.at(-1)?.content).toMatch(/^Error: .*does not exist/)
})

test('the last turn offers no tools and the turn before says so', async () => {
  const { answer, requests } = await ask([[read('a.txt')], 'so far: alpha'], { turns: 2 })
  expect(requests.map((request) => request.tools.length)).toEqual([2, 0])
  expect(requests[1]?.messages.at(-1)?.content).toContain('answer now with what you have')
  expect(answer).toMatchObject({ text: 'so far: alpha', stop: 'turn_limit' })
})

test('a model that only calls tools is stopped without an answer', async () => {
  const { answer } = await ask([[read('a.txt')], [read('b.txt')]], { turns: 2 })
  expect(answer).toMatchObject({ text: '', stop: 'unusable', turns: 2 })
})

test('when time runs short the next turn has to be the answer', async () => {
  const { requests } = await ask(['in time'], { answerBy: () => 0 })
  expect(requests[0]?.tools).toEqual([])
})

test('what was written before the deadline is kept', async () => {
  const deadline = new AbortController()
  const base = scriptedModel([])
  const model: Model = {
    ...base,
    chat: async (_, { emit }) => {
      emit({ type: 'text', text: 'half of it' })
      deadline.abort(deadlineError(1))
      throw deadline.signal.reason
    },
  }
  const { answer } = await ask([], { model, signal: deadline.signal })
  expect(answer).toMatchObject({ text: 'half of it', stop: 'time_limit' })
})

test('an interruption is not a time limit', async () => {
  const signal = AbortSignal.abort(new LocalBrainError('interrupted', 'Interrupted'))
  expect((await ask(['never asked'], { signal })).answer.stop).toBe('interrupted')
})

test('the oldest results give way when the window is full, and say so', async () => {
  const from = (offset: number) => ({ name: 'read_file', arguments: { path: 'long.txt', offset } })
  const model = scriptedModel([[from(1), from(10), from(19), from(28)], 'done'], { window: 1500 })
  const { answer, messages } = await ask([], { model })
  const [old] = messages.filter((message) => message.role === 'tool')
  expect(old?.content).toMatch(/^\[removed to make room: \d+ characters from read_file/)
  expect(answer.warnings).toEqual([expect.stringMatching(/^\d older tool result\(s\) were removed to fit the window$/)])
  expect(messages.at(-2)?.content).toContain('word word')
})

test('a prompt that the server finds too long is sent once more, smaller', async () => {
  const overflow = new LocalBrainError('overflow', 'too long')
  const { answer, requests } = await ask([[read('long.txt')], overflow, 'done'])
  expect(answer).toMatchObject({ text: 'done', stop: 'answered' })
  expect(requests[2]?.messages.at(-1)?.content).toMatch(/^\[removed to make room/)
})

test('a first prompt that does not fit is a full context, not a failure', async () => {
  const { answer } = await ask([new LocalBrainError('overflow', 'too long')])
  expect(answer).toMatchObject({ text: '', stop: 'context_full' })
})

test('what the server does wrong is thrown', async () => {
  await expect(ask([new LocalBrainError('unreachable', 'gone')])).rejects.toMatchObject({ code: 'unreachable' })
})

test('every turn and call is an event, with its end', async () => {
  const { events } = await ask([[read('a.txt')], 'done'])
  expect(events.map((event) => event.type)).toEqual([
    'turn_start',
    'turn_end',
    'tool_start',
    'tool_end',
    'turn_start',
    'text',
    'turn_end',
  ])
})
