import { describe, test } from 'vitest'
import { createLeakFilter, splitLeaks } from '../../../src/engines/dialect/leaks.ts'
import { isEcho } from '../../../src/engines/dialect/echo.ts'
import { isCallText, recoverToolCalls } from '../../../src/engines/dialect/recover.ts'
import { createSpeech } from '../../../src/engines/dialect/speech.ts'
import { tools } from '../../../src/tools/index.ts'
import { expectLinear, repeated } from '../../growth.ts'

/** As long as a reply may become before it is cut. */
const upTo = 250_000

const marks = ['<think>', '</think>', '<', '<|', '[', '◁', '<answer>', '</s>', '<|im_start|>', '<|channel|>'].concat(
  ['<|channel>thought ', '<analysis>', '`', '```\n', '~', '{"', '\\"', '> <', 'x </think> y ', '<think> a ', ' ', '\n'],
  [`<${'a'.repeat(79)}`, `${'`'.repeat(63)} `],
)

describe('what is no part of an answer is taken out in time that grows with the text alone', () => {
  test.each(marks)('%j', async (mark) => {
    await expectLinear(repeated(mark), (text) => splitLeaks(text), { upTo })
    await expectLinear(repeated(mark), (text) => splitLeaks(text, { isJson: true }), { upTo })
    await expectLinear(repeated(mark), oneByOne, { upTo: upTo / 10 })
  })
})

/** The forms in which models write calls: begun and never ended, ended and never begun, next to each other. */
const calls = [
  '<tool_call>{"',
  '<tool_call>',
  '</tool_call>',
  '<tool_call>{"name": "read_file", "arguments": {"path": "a"}}</tool_call>',
  '<function=read_file>',
  '<function=read_file><parameter=path>',
  '<|tool_call>call:read_file{',
  '[TOOL_CALLS]',
  '[TOOL_CALLS][{"name": "read_file",',
  '{"name": "read_file", "arguments": {"path": "a"}}',
  '{"name": "read_file", "arguments": ',
  '{"name": ',
  'read_file(path="a")',
  'read_file(path=',
  'read_file(',
  '[read_file(path="a"), ',
  'read_file\n{"path": ',
  '`read_file',
  '```json\n{"name": "read_file"}\n```\n',
  '```tool_call\n',
  '~~~\n',
  'Action: read_file\nAction Input: {"path": "a"}\n',
  'Action: read_file ',
  'a.b.c(',
  'f(x=',
  "f(x='",
  '{{{"',
  '[[',
  '((',
  '"""',
  "'''",
  '\\"',
  '<',
  '<a b="',
  '&lt;tool_call&gt;',
  'I call read_file. ',
]

describe('calls in text are found in time that grows with the text alone', () => {
  const readers: Record<string, (text: string) => unknown> = {
    'a whole reply': (text) => [recoverToolCalls(text, tools), isCallText(text, tools), isEcho(text, tools, [])],
    'a reply while it comes': (text) => {
      const speech = createSpeech(() => undefined, { tools, isJson: false })
      for (const content of text.match(/[^]{1,40}/g) ?? []) speech.add({ content, thinking: '' })
      speech.end(text)
    },
  }
  describe.each(Object.entries(readers))('%s', (_, read) => {
    test.each(calls)('%j', async (call) => {
      await expectLinear(repeated(call), read, { upTo: upTo / 2 })
      await expectLinear((size) => `Let me look. ${repeated(call)(size)} Done.`, read, { upTo: upTo / 10 })
    })
  })
})

function oneByOne(text: string): void {
  const filter = createLeakFilter()
  for (const character of text) filter.push(character)
  filter.end()
}
