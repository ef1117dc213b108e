import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMarkdownStream, renderMarkdown } from '../../../src/doors/cli/markdown.ts'

const bold = '\u001b[1m'
const boldEnd = '\u001b[22m'
const cyan = '\u001b[36m'
const cyanEnd = '\u001b[39m'

describe('on a terminal', () => {
  test.each([
    ['a heading is bold', '### Title\n', `${bold}Title${boldEnd}\n`],
    ['a list has bullets', '- one\n* two\n', '• one\n• two\n'],
    ['a nested list keeps its indentation', '  - one\n', '  • one\n'],
    ['bold is bold', 'a **b** c\n', `a ${bold}b${boldEnd} c\n`],
    ['code is coloured', 'a `b` c\n', `a ${cyan}b${cyanEnd} c\n`],
    ['stars inside code are code', '`a ** b`\n', `${cyan}a ** b${cyanEnd}\n`],
    ['a single star is a star', '2 * 3\n', '2 * 3\n'],
    ['a style ends with its line', '**a\nb\n', `${bold}a${boldEnd}\nb\n`],
    ['a link shows where it goes', '[a](http://b)\n', '[a](http://b)\n'],
  ])('%s', (_, text, expected) => {
    expect(renderMarkdown(text, true)).toBe(expected)
  })

  test('what stands in a fence is left as it is', () => {
    const text = renderMarkdown('```js\n# no **heading**\n```\nafter\n', true)
    expect(text).toContain('# no **heading**')
    expect(text).toMatch(/\nafter\n$/)
  })

  test('escape codes of the text itself are shown, not obeyed', () => {
    expect(renderMarkdown('a\u001b[31mb\u202e\n', true)).toBe('a\\u{1b}[31mb\\u{202e}\n')
  })
})

test('joiners stay in words and emoji, and are shown in code', () => {
  const text = 'می\u200cخواهم 👩\u200d💻 `می\u200cخواهم`\n```\nمی\u200cخواهم\n```\nمی\u200cخواهم'
  const rendered = renderMarkdown(text, false)
  expect(rendered.match(/می\u200cخواهم/g)).toHaveLength(2)
  expect(rendered.match(/می\\u\{200c\}خواهم/g)).toHaveLength(2)
  expect(rendered).toContain('👩\u200d💻')
})

test('without colour there is no escape code', () => {
  expect(renderMarkdown('# A\n**b** `c`\n- d\n', false)).toBe('A\nb c\n• d\n')
})

test('however the text is cut into chunks, the same comes out', () => {
  const markdown = fc.array(
    fc.constantFrom('# ', '**', '`', '- ', '```', '\n', 'word ', '1. ', '😀', '> ', '*', 'م', '\u200c', '\u200d'),
    {
      maxLength: 40,
    },
  )
  fc.assert(
    fc.property(markdown, fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (pieces, sizes) => {
      const text = pieces.join('')
      const stream = createMarkdownStream(true)
      let out = ''
      for (let at = 0; at < text.length; ) {
        const size = sizes.next().value ?? 1
        out += stream.push(text.slice(at, at + size))
        at += size
      }
      expect(out + stream.end()).toBe(renderMarkdown(text, true))
    }),
  )
})
