import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSpeech } from '../../../src/engines/dialect/speech.ts'

const tools = ['read_file', 'x'].map((name) => ({ name, description: name, parameters: { type: 'object' } }))

/** What was shown before the end of the reply, and after it. */
function speak(parts: readonly string[], content: string, mayCall: boolean): { before: string; all: string } {
  let all = ''
  const speech = createSpeech(
    (event) => {
      if (event.type === 'text') all += event.text
      if (event.type === 'withdrawn') all = ''
    },
    { tools: mayCall ? tools : [], isJson: false },
  )
  for (const part of parts) speech.add({ content: part, thinking: '' })
  const before = all
  speech.end(content)
  return { before, all }
}

test('text is shown while it is written', () => {
  expect(speak(['Hel', 'lo'], 'Hello', true).before).toBe('Hello')
})

test.each([
  ['{"name":"x","arguments":{}}', ''],
  ['\n```json\n{"name":"x"}\n```', ''],
  ['<function=x></function>', ''],
  ['call:x{}', ''],
  ['First this. <tool_call>{}</tool_call>', 'First this. '],
  ['First this. [TOOL_CALLS][]', 'First this. '],
  ['First this. <|tool_call_start|>[x()]', 'First this. '],
  ['First this.\n\n```json\n{"name":"x"}\n```', 'First this.\n'],
  ['First this: {"name":"x"}', 'First this: '],
  ['Thought.\nAction: x\nAction Input: {}', 'Thought.\n'],
  ['Then.\nread_file("a")', 'Then.\n'],
  ['x("a")', ''],
])('of %j only %j is shown before it is known what it is', (text, shown) => {
  expect(speak([text], text, true).before).toBe(shown)
  expect(speak(Array.from(text), text, true).before).toBe(shown)
})

test.each([
  'Use the tool.',
  'Named after it.',
  'The code:\n\n```js\nconst a = 1\n',
  '# Heading\n\n- one\n- two',
  'A list:\n\n{"a": 1}\n\nThat is all that there is in the file.',
  '```json\n{"a": 1}\n```\nThat is all that there is in the file.',
  'It reads it.\nreading takes time',
])('%j is shown while it is written', (text) => {
  expect(speak(Array.from(text), text, true).before).toBe(text)
})

test('where no tool is offered nothing is held back', () => {
  expect(speak(['{"a":', '1}'], '{"a":1}', false).before).toBe('{"a":1}')
})

const pieces = fc.constantFrom(
  '<tool_call>',
  '<tool',
  '_call>',
  '<',
  '[TOOL',
  '_CALLS]',
  '{',
  '```json',
  'text',
  ' ',
  '\n',
  '<|',
)

test('an answer is shown whole, once, however it arrives', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 10 }), fc.boolean(), (parts, mayCall) => {
      expect(speak(parts, parts.join(''), mayCall).all).toBe(parts.join(''))
    }),
  )
})

test('nothing of a tagged call is shown, however it arrives', () => {
  const call = '<tool_call>{"name":"x"}</tool_call>'
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 30 }), (cuts) => {
      const parts: string[] = []
      let rest = `So. ${call}`
      for (const size of cuts) {
        parts.push(rest.slice(0, size))
        rest = rest.slice(size)
      }
      expect(speak([...parts, rest], 'So.', true).all.trim()).toBe('So.')
    }),
  )
})
