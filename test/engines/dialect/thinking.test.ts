import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createThinkingFilter, stripThinking, thinkFor } from '../../../src/engines/dialect/thinking.ts'

const gptOss = { capabilities: ['completion', 'tools', 'thinking'], family: 'gptoss' }
const qwen = { capabilities: ['completion', 'tools', 'thinking'], family: 'qwen3' }
const llama = { capabilities: ['completion', 'tools'], family: 'llama' }

test.each([
  ['off when nothing is wished', { ...qwen, structured: false }, false],
  ['the wish, where the model can', { ...qwen, structured: false, wish: 'medium' as const }, 'medium'],
  ['off for a structured reply, whatever is wished', { ...qwen, structured: true, wish: true }, false],
  [
    'off for a model that cannot think, whatever is wished',
    { ...llama, structured: false, wish: 'high' as const },
    false,
  ],
  ['a low level for gpt-oss, which cannot switch it off', { ...gptOss, structured: false, wish: false }, 'low'],
  ['the wished level for gpt-oss', { ...gptOss, structured: false, wish: 'high' as const }, 'high'],
  ['low for a structured reply of gpt-oss', { ...gptOss, structured: true, wish: 'high' as const }, 'low'],
  ['a level for gpt-oss where thinking is just switched on', { ...gptOss, structured: false, wish: true }, 'medium'],
])('think is %s', (_, wish, think) => {
  expect(thinkFor(wish)).toBe(think)
})

const leaks: [text: string, content: string, thinking: string][] = [
  ['plain answer', 'plain answer', ''],
  ['<think>hm</think>\n\nanswer', 'answer', 'hm'],
  ['\n<think>\n\n</think>\n\nanswer', 'answer', '\n\n'],
  ['<think>a</think> <think>b</think>answer', 'answer', 'ab'],
  ['<thinking>hm</thinking>answer', 'answer', 'hm'],
  ['<think>never closed', '', 'never closed'],
  ['<|channel>thought\nhm<channel|>answer', 'answer', '\nhm'],
  [
    '<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>answer<|return|>',
    'answer',
    'hm',
  ],
  ['<|channel|>final<|message|>answer', 'answer', ''],
  ['<|channel|>commentary<|message|>I will look<|end|>answer', 'answer', 'I will look'],
  ['reasoning\nmore\n</think>\n\nanswer', 'answer', 'reasoning\nmore\n'],
]

test.each(leaks)('%j is the answer %j', (text, content, thinking) => {
  expect(stripThinking(text)).toEqual({ content, thinking })
})

test.each([
  'The tag `<think>` opens the thinking of a model, `</think>` ends it.',
  'Look:\n```\n</think>\n```\nThat line is left over.',
  'if (a <thing) return',
  '  indented answer',
  '<thin',
])('%j is left as it is', (text) => {
  expect(stripThinking(text)).toEqual({ content: text, thinking: '' })
})

test('a call in a harmony channel is left for the recovery of calls', () => {
  const call = '<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>{"path":"a"}<|call|>'
  expect(stripThinking(call).content).toBe(call)
  expect(stripThinking(`<|channel|>analysis<|message|>hm<|end|><|start|>assistant${call}`)).toEqual({
    content: `<|start|>assistant${call}`,
    thinking: 'hm',
  })
})

const pieces = fc.constantFrom(
  '<think>',
  '</think>',
  '<thinking>',
  '</thinking>',
  '<|channel|>analysis<|message|>',
  '<|channel|>final<|message|>',
  '<|start|>assistant',
  '<|end|>',
  '<|return|>',
  '<|channel>thought',
  '<channel|>',
  ' ',
  '\n',
  '<',
  'text',
)

test('streaming in any pieces shows what the whole text shows', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), fc.array(fc.nat({ max: 9 }), { maxLength: 30 }), (parts, cuts) => {
      const text = parts.join('')
      const whole = split(text, [])
      expect(split(text, cuts)).toEqual(whole)
      expect(`${whole.content}${whole.thinking}`.length).toBeLessThanOrEqual(text.length)
    }),
  )
})

test('text without a leading tag is shown at once', () => {
  const filter = createThinkingFilter()
  expect(filter.push('Hello')).toEqual({ content: 'Hello', thinking: '' })
  expect(filter.push(' <think')).toEqual({ content: ' <think', thinking: '' })
})

function split(text: string, cuts: readonly number[]): { content: string; thinking: string } {
  const filter = createThinkingFilter()
  const found = { content: '', thinking: '' }
  const add = (part: typeof found) => {
    found.content += part.content
    found.thinking += part.thinking
  }
  let start = 0
  for (const size of cuts) {
    add(filter.push(text.slice(start, start + size)))
    start += size
  }
  add(filter.push(text.slice(start)))
  add(filter.end())
  return found
}
