import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { Message, ToolCall, ToolSpec } from '../../../src/core/model.ts'
import { createPrompted } from '../../../src/engines/dialect/prompted.ts'
import { recoverToolCalls } from '../../../src/engines/dialect/recover.ts'
import { toJsonSchema } from '../../../src/core/json-schema.ts'
import { reduceTool } from '../../../src/engines/chat/grammar.ts'

const tools: ToolSpec[] = [
  {
    name: 'read_file',
    description: 'Numbered lines of a file',
    parameters: toJsonSchema(
      z.object({
        path: z.string().describe('below the root'),
        limit: z.int().max(500).optional(),
        kind: z.enum(['a', 'b']),
      }),
    ),
  },
  { name: 'git_status', description: 'What has changed', parameters: toJsonSchema(z.object({})) },
]
const start: Message[] = [
  { role: 'system', content: 'You review code.' },
  { role: 'user', content: 'Review a.ts' },
]
const call = { id: 'call_1', name: 'read_file', arguments: { path: 'a.ts', kind: 'a' }, recovered: true }
const turn: Message[] = [
  {
    role: 'assistant',
    content: 'I look.',
    toolCalls: [call, { ...call, id: 'call_2', name: 'git_status', arguments: {} }],
  },
  { role: 'tool', toolCallId: 'call_1', toolName: 'read_file', content: '1 const a = 1' },
  { role: 'tool', toolCallId: 'call_2', toolName: 'git_status', content: 'clean' },
]

describe('the model is told', () => {
  test('its tools and how to call them, after the skill’s own words', () => {
    expect(createPrompted()(start, tools.map(reduceTool))[0]).toEqual({
      role: 'system',
      content: [
        'You review code.',
        '',
        'You can call these tools:',
        '',
        '- read_file: Numbered lines of a file',
        '  "path" (string, required): below the root',
        '  "limit" (integer, optional): (at most 500)',
        '  "kind" ("a" or "b", required)',
        '- git_status: What has changed',
        '',
        'To call a tool, write only this, one line for each call, and stop: <tool_call>{"name": "…", "arguments": {…}}</tool_call>',
        'The next message brings the results. When you know enough, answer without any call.',
      ].join('\n'),
    })
  })

  test('its own earlier calls in the form it was taught, and their results as one user turn', () => {
    expect(createPrompted()([...start, ...turn], tools).slice(1)).toEqual([
      { role: 'user', content: 'Review a.ts' },
      {
        role: 'assistant',
        content:
          'I look.\n<tool_call>{"name":"read_file","arguments":{"path":"a.ts","kind":"a"}}</tool_call>\n<tool_call>{"name":"git_status","arguments":{}}</tool_call>',
        toolCalls: [],
      },
      { role: 'user', content: 'Result of read_file:\n1 const a = 1\n\nResult of git_status:\nclean' },
    ])
  })

  test('to answer, where no tool is offered any more', () => {
    const last = createPrompted()
    last(start, tools)
    expect(last([...start, ...turn], []).at(-1)?.content).toMatch(/clean\n\nNo more tool calls\. Answer now/)
  })

  test('nothing about tools, when there never were any', () => {
    expect(createPrompted()(start, [])).toEqual(start)
  })

  test('the tools in a system text of their own, when the skill has none', () => {
    const [system, user] = createPrompted()([{ role: 'user', content: 'hi' }], tools)
    expect(system?.role).toBe('system')
    expect(user).toEqual({ role: 'user', content: 'hi' })
  })
})

test('every request begins with the one before it, the tool-free last one too', () => {
  const prompted = createPrompted()
  const first = prompted(start, tools)
  const second = prompted([...start, ...turn], tools)
  const third = prompted(
    [...start, ...turn, { role: 'assistant', content: 'Fine.', toolCalls: [] }, ...start.slice(1)],
    [],
  )
  expect(second.slice(0, first.length)).toEqual(first)
  expect(third.slice(0, second.length)).toEqual(second)
})

test('its own form of a call is understood', () => {
  const [, , assistant] = createPrompted()([...start, ...turn], tools)
  const recovered = recoverToolCalls(assistant?.content ?? '', tools)
  expect(recovered?.content).toBe('I look.')
  expect(recovered?.calls.map(({ name, arguments: given }) => [name, given])).toEqual([
    ['read_file', { path: 'a.ts', kind: 'a' }],
    ['git_status', {}],
  ])
})

test('the explanation of the form is itself no call', () => {
  const [system] = createPrompted()(start, tools)
  expect(recoverToolCalls(system?.content ?? '', tools)).toBeUndefined()
})

test('no two turns of a user follow each other, and no text is lost', () => {
  const message = fc.oneof(
    fc.record({ role: fc.constant('user' as const), content: fc.string() }),
    fc.record({
      role: fc.constant('assistant' as const),
      content: fc.string(),
      toolCalls: fc.constant<ToolCall[]>([call]),
    }),
    fc.record({
      role: fc.constant('tool' as const),
      content: fc.string(),
      toolCallId: fc.string(),
      toolName: fc.string(),
    }),
  )
  fc.assert(
    fc.property(fc.array(message), (messages) => {
      const told = createPrompted()(messages, tools)
      expect(told.filter(({ role }, index) => role === 'user' && told[index - 1]?.role === 'user')).toEqual([])
      const text = told.map(({ content }) => content).join('\n')
      expect(messages.filter(({ content }) => !text.includes(content))).toEqual([])
    }),
  )
})
