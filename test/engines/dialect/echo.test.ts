import { describe, expect, test } from 'vitest'
import { specOf, type Message } from '../../../src/core/model.ts'
import { isEcho } from '../../../src/engines/dialect/echo.ts'
import { createPrompted } from '../../../src/engines/dialect/prompted.ts'
import { selectTools } from '../../../src/tools/index.ts'

const tools = selectTools(['read_file', 'list_directory', 'search_code']).map(specOf)
const asked = (content: string): Message[] => [
  { role: 'system', content: 'You answer questions about code.' },
  { role: 'user', content },
]
const told = createPrompted()(asked('what is it?'), tools)[0]?.content ?? ''
const protocol = told.slice(told.indexOf('You can call'))
const lines = protocol.split('\n')

describe('what a model was told about its tools is no answer', () => {
  test.each([
    ['all of it', protocol],
    ['the system text with it', told],
    ['its beginning, cut off', protocol.slice(0, 300)],
    ['its end', lines.slice(-2).join('\n')],
    ['one tool', lines.slice(2, 6).join('\n')],
    ['as Markdown, in other marks', protocol.replaceAll('- ', '* ').replaceAll(/"(\w+)"/g, '**$1**')],
    ['in capitals, on one line', protocol.toUpperCase().replaceAll('\n', ' ')],
    ['again and again', `${lines[0]}\n`.repeat(20)],
    [
      'with a word before and after it',
      `Sure! Here is the summary:\n\n${protocol}\n\nThat is all that I can tell you.`,
    ],
    ['a part of it and as much again of other words', `${protocol}\n\n${'The rest of it says little. '.repeat(100)}`],
    ['the words that end the calls', 'No more tool calls. Answer now with what you know.'],
  ])('%s', (_, text) => {
    expect(isEcho(text, tools, asked('what is it?'))).toBe(true)
  })
})

describe('an answer stays one', () => {
  test.each([
    ['that names tools', 'I used read_file and search_code, and list_directory found nothing.'],
    [
      'that quotes a little of it',
      'The timeout is 30. It says "When you know enough, answer without any call", and so the loop ends in `converse.ts`.',
    ],
    ['of a few words', 'a text file'],
    ['of nothing', ''],
    ['in another language', 'Die Datei setzt eine Zeitgrenze von dreißig Sekunden für jeden Aufruf.'],
    ['that gives the list of a folder', '- src/a.ts: the timeout\n- src/b.ts: the lines of a file\n- README.md'],
  ])('%s', (_, text) => {
    expect(isEcho(text, tools, asked('what is it?'))).toBe(false)
  })

  test('about a text that holds the same words', () => {
    expect(isEcho(protocol, tools, asked(`FILE prompted.txt\n${protocol}\nWhat does it say?`))).toBe(false)
    const result: Message = { role: 'tool', toolCallId: 'a', toolName: 'read_file', content: protocol }
    expect(isEcho(protocol, tools, [...asked('what does it say?'), result])).toBe(false)
  })

  test('to a question about the tools', () => {
    expect(isEcho(protocol, tools, asked('Question: which tools can you call?\n'))).toBe(false)
  })

  test('where no tool was offered', () => {
    expect(isEcho(protocol, [], asked('what is it?'))).toBe(false)
  })
})
