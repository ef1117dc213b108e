import { expect, test } from 'vitest'
import { createHistory } from '../../../src/engines/chat/history.ts'
import type { ChatRequest, Message } from '../../../src/core/model.ts'

const task: Message = { role: 'user', content: 'look' }
const asked: Message = { role: 'assistant', content: '', toolCalls: [] }
const result: Message = { role: 'tool', content: 'text', toolCallId: 'a', toolName: 'read_file' }
const tools = [{ name: 'read_file', description: '', parameters: {} }]

const request = (messages: Message[], rest: Partial<ChatRequest> = {}): ChatRequest => ({
  messages,
  tools,
  maxTokens: 10,
  ...rest,
})
const used = (promptTokens: number, outputTokens = 5) => ({
  promptTokens,
  outputTokens,
  loadMs: 0,
  promptMs: 0,
  outputMs: 0,
  modelCalls: 1,
})

function secondTurn(next: ChatRequest, promptTokens: number, rendering = 'native'): string | undefined {
  const history = createHistory(4096)
  expect(history.check(request([task]), used(900), 'native')).toBeUndefined()
  return history.check(next, used(promptTokens), rendering)
}

test('a conversation that grew while its count of tokens shrank was cut', () => {
  expect(secondTurn(request([task, asked, result]), 400)).toContain('left out part of the conversation')
})

test('it is noticed also when another conversation comes between', () => {
  const history = createHistory(4096)
  history.check(request([task]), used(900), 'native')
  history.check(request([{ ...task }]), used(300), 'native')
  expect(history.check(request([task, asked, result]), used(400), 'native')).toContain('after 900')
})

test('a prompt of half the window plus 2 was cut', () => {
  expect(createHistory(4096).check(request([task]), used(2050), 'native')).toContain('2050')
})

test('prompt and answer beyond the window were cut', () => {
  expect(createHistory(4096).check(request([task]), used(4000, 200), 'native')).toContain('outgrew the window')
})

test.each([
  ['a count that grew', request([task, asked, result]), 1000, 'native'],
  ['a count the server left out', request([task, asked, result]), 0, 'native'],
  ['another conversation', request([{ ...task }]), 400, 'native'],
  ['tools taken away', request([task, asked, result], { tools: [] }), 400, 'native'],
  [
    'one more question, which drops older thinking',
    request([task, asked, { role: 'user', content: 'so?' }]),
    400,
    'native',
  ],
  ['another way to write the prompt', request([task, asked, result]), 400, 'prompted'],
])('no alarm for %s', (_, next, promptTokens, rendering) => {
  expect(secondTurn(next, promptTokens, rendering)).toBeUndefined()
})
