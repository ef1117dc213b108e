import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { createConversation } from '../../src/core/conversation.ts'
import type { ConversationSettings } from '../../src/core/conversation-settings.ts'
import type { AgentEvent } from '../../src/core/events.ts'
import type { Message, Model, ToolSpec } from '../../src/core/model.ts'
import { type Question, readOnly } from '../../src/core/permission.ts'
import { defineTool } from '../../src/core/tool.ts'
import { LocalBrainError } from '../../src/errors.ts'
import { selectTools } from '../../src/tools/index.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { type Line, scriptedModel } from '../scripted-model.ts'
import { environment } from '../workspace.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

const limits = { turns: 8, maxTokens: 100 }
const alone = () => ({ ...limits, signal: new AbortController().signal })

async function talk(lines: Line[], settings: Partial<ConversationSettings> = {}) {
  const model = scriptedModel(lines)
  const events: AgentEvent[] = []
  const { root } = temporaryFolder({ 'a.txt': 'alpha\n' })
  const conversation = createConversation({
    model,
    tools: selectTools(['read_file']),
    permit: readOnly,
    workspace: await openWorkspace({ root, environment }),
    emit: (event) => events.push(event),
    ...settings,
  })
  return { conversation, requests: model.requests, events, root }
}

const told = (messages: readonly Message[] | undefined) => messages?.map(({ role, content }) => `${role}: ${content}`)
const read = { name: 'read_file', arguments: { path: 'a.txt' } }

test('the second question sees the first and its answer', async () => {
  const { conversation, requests } = await talk(['It is alpha.', 'Yes.'])
  await conversation.send('what is in a.txt?', alone())
  const answer = await conversation.send('are you sure?', alone())
  expect(answer.text).toBe('Yes.')
  expect(told(requests[1]?.messages)).toEqual([
    'user: what is in a.txt?',
    'assistant: It is alpha.',
    'user: are you sure?',
  ])
})

test('cancelled in the middle of a reply it keeps what was said, and goes on', async () => {
  const stop = new AbortController()
  const base = scriptedModel([])
  let cut = true
  const model: Model = {
    ...base,
    chat: async (request, context) => {
      if (!cut) return scriptedModel(['It is alpha.']).chat(request, context)
      cut = false
      context.emit({ type: 'text', text: 'It is al' })
      stop.abort(new LocalBrainError('interrupted', 'Interrupted'))
      throw stop.signal.reason
    },
  }
  const { conversation } = await talk([], { model })
  const first = await conversation.send('what is in a.txt?', { ...limits, signal: stop.signal })
  expect(first).toMatchObject({ stop: 'interrupted', text: 'It is al' })
  const second = await conversation.send('go on', alone())
  expect(second).toMatchObject({ stop: 'answered', text: 'It is alpha.' })
  expect(told(conversation.messages)).toEqual([
    'user: what is in a.txt?',
    'assistant: It is al',
    'user: go on',
    'assistant: It is alpha.',
  ])
})

test('cancelled while a tool runs every call has a result, so that the next request is a valid one', async () => {
  const stop = new AbortController()
  const hang = defineTool({
    name: 'hang',
    description: 'Hang.',
    parameters: z.object({}),
    run: async () => {
      stop.abort(new LocalBrainError('interrupted', 'Interrupted'))
      return new Promise(() => undefined)
    },
  })
  const tools = [hang, ...selectTools(['read_file'])]
  const { conversation, requests } = await talk([[{ name: 'hang', arguments: {} }, read], 'Fine.'], { tools })
  expect((await conversation.send('go', { ...limits, signal: stop.signal })).stop).toBe('interrupted')
  await conversation.send('and now?', alone())
  expect(told(requests[1]?.messages.slice(2))).toEqual([
    'tool: Error: stopped while this call was running',
    'tool: Error: stopped before this call was run',
    'user: and now?',
  ])
})

const weather: ToolSpec = { name: 'weather', description: 'Weather.', parameters: { type: 'object', properties: {} } }

test('a call of the caller pauses it, after its own calls, and the result continues it', async () => {
  const lines: Line[] = [[read, { name: 'weather', arguments: { city: 'Rome' } }], 'Sunny, says alpha.']
  const { conversation, requests } = await talk(lines, { callerTools: [weather] })
  const paused = await conversation.send('weather?', alone())
  expect(paused).toMatchObject({
    stop: 'calls',
    calls: [{ id: 'call_1_1', name: 'weather', arguments: { city: 'Rome' } }],
  })
  expect(paused.toolCalls).toMatchObject([{ name: 'read_file', ok: true }])
  const result: Message = { role: 'tool', toolCallId: 'call_1_1', toolName: 'weather', content: 'sunny' }
  const answer = await conversation.send([result], alone())
  expect(answer).toMatchObject({ stop: 'answered', text: 'Sunny, says alpha.', calls: [] })
  expect(requests[1]?.messages.slice(-2)).toMatchObject([{ toolName: 'read_file' }, { toolName: 'weather' }])
  expect(requests[0]?.tools.map(({ name }) => name)).toEqual(['read_file', 'weather'])
})

test('a call that the caller leaves is answered as not carried out', async () => {
  const { conversation, requests } = await talk([[{ name: 'weather', arguments: {} }], 'Never mind.'], {
    callerTools: [weather],
  })
  await conversation.send('weather?', alone())
  await conversation.send('something else', alone())
  expect(told(requests[1]?.messages.slice(2))).toEqual([
    'tool: Error: this call was not carried out',
    'user: something else',
  ])
})

/** A write tool, complete. */
const writeNote = defineTool({
  name: 'write_note',
  description: 'Replace the text of a file.',
  access: 'write',
  parameters: z.object({ path: z.string(), text: z.string() }),
  preview: async ({ path, text }) => `${path} becomes ${JSON.stringify(text)}`,
  async run({ path, text }, { workspace }) {
    writeFileSync(join(workspace.root, path), text)
    return `${path} is written`
  },
})

test('a write tool is asked about, refused with the reason, allowed once, and what it wrote is read again', async () => {
  const questions: Question[] = []
  const write = (text: string) => ({ name: 'write_note', arguments: { path: 'a.txt', text } })
  const calls = [write('gamma'), write('beta')] as const
  const { conversation, requests, root, events } = await talk([[read], [calls[0]], [calls[1]], [read], 'It is beta.'], {
    tools: [...selectTools(['read_file']), writeNote],
    async permit(question) {
      if (question.access === 'read') return { allow: true }
      questions.push(question)
      return questions.length === 1 ? { allow: false, reason: 'the person said no: not yet' } : { allow: true }
    },
  })
  const answer = await conversation.send('make it beta', alone())
  expect(answer.text).toBe('It is beta.')
  expect(questions).toMatchObject([
    { access: 'write', preview: 'a.txt becomes "gamma"', call: calls[0] },
    { access: 'write', call: calls[1] },
  ])
  const results = requests.slice(1).map(({ messages }) => messages.at(-1)?.content)
  expect(results[0]).toContain('1| alpha')
  expect(results.slice(1, 3)).toEqual(['Error: the person said no: not yet', 'a.txt is written'])
  expect(results[3]).toContain('1| beta')
  expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('beta')
  const ids = events.flatMap((event) => (event.type === 'tool_start' || event.type === 'tool_end' ? [event.id] : []))
  expect(ids).toEqual(['call_1_0', 'call_1_0', 'call_2_0', 'call_2_0', 'call_3_0', 'call_3_0', 'call_4_0', 'call_4_0'])
})

test('where nobody can be asked a tool that writes is refused', async () => {
  const write = { name: 'write_note', arguments: { path: 'a.txt', text: 'beta' } }
  const { conversation, requests, root } = await talk([[write], 'No.'], { tools: [writeNote] })
  await conversation.send('make it beta', alone())
  expect(requests[1]?.messages.at(-1)?.content).toBe('Error: only reading is allowed here')
  expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('alpha\n')
})

test('a refused call may be made again after something was written', async () => {
  const write = (text: string) => ({ name: 'write_note', arguments: { path: 'a.txt', text } })
  const { conversation } = await talk([[read], [write('b')], [read], [write('c')], [read], 'Done.'], {
    tools: [...selectTools(['read_file']), writeNote],
    permit: async () => ({ allow: true }),
  })
  const { toolCalls, stop } = await conversation.send('go', alone())
  expect(toolCalls.map(({ ok }) => ok)).toEqual([true, true, true, true, true])
  expect(stop).toBe('answered')
})
