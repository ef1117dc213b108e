import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { coloursFor } from '../../../src/doors/cli/code-colours.ts'
import { createMarkdownStream, renderForScreen, renderMarkdown } from '../../../src/doors/cli/markdown.ts'
import { displayWidth } from '../../../src/text/width.ts'

const colored = { color: true }

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
    ['what is not closed in its line is left as it is', '**a\nb** `c\n', '**a\nb** `c\n'],
    ['a link shows where it goes', '[a](http://b)\n', '\u001b[4ma\u001b[24m (http://b)\n'],
    ['a link that is its own text is shown once', '[http://b](http://b)\n', '\u001b[4mhttp://b\u001b[24m\n'],
    ['brackets that lead nowhere are brackets', 'a[1] [x] (y)\n', 'a[1] [x] (y)\n'],
    ['emphasis is slanted', 'an *odd* one, _too_\n', 'an \u001b[3modd\u001b[23m one, \u001b[3mtoo\u001b[23m\n'],
    ['a name with underscores is a name', 'max_retries and __init__.py\n', `max_retries and __init__.py\n`],
    ['a mark behind a backslash is itself', 'a \\*b\\* \\_ \\n\n', 'a *b* _ \\n\n'],
    ['bold may hold code', '**a `b`**\n', `${bold}a ${boldEnd}${bold}${cyan}b${cyanEnd}${boldEnd}\n`],
    ['a rule is a line', 'a\n\n---\n', `a\n\n\u001b[2m${'─'.repeat(40)}${boldEnd}\n`],
    [
      'a diff has the colours of one',
      '```diff\n-a\n+b\n c\n```\n',
      '\u001b[2m```diff\u001b[22m\n\u001b[31m-a\u001b[39m\n\u001b[32m+b\u001b[39m\n c\n\u001b[2m```\u001b[22m\n',
    ],
  ])('%s', (_, text, expected) => {
    expect(renderMarkdown(text, colored)).toBe(expected)
  })

  test('what stands in a fence is left as it is', () => {
    const text = renderMarkdown('```js\n# no **heading**\n```\nafter\n', colored)
    expect(text).toContain('# no **heading**')
    expect(text).toMatch(/\nafter\n$/)
  })

  test('escape codes of the text itself are shown, not obeyed', () => {
    expect(renderMarkdown('a\u001b[31mb\u202e\n', colored)).toBe('a\\u{1b}[31mb\\u{202e}\n')
  })
})

test('joiners stay in words and emoji, and are shown in code', () => {
  const text = 'می\u200cخواهم 👩\u200d💻 `می\u200cخواهم`\n```\nمی\u200cخواهم\n```\nمی\u200cخواهم'
  const rendered = renderMarkdown(text, { color: false })
  expect(rendered.match(/می\u200cخواهم/g)).toHaveLength(2)
  expect(rendered.match(/می\\u\{200c\}خواهم/g)).toHaveLength(2)
  expect(rendered).toContain('👩\u200d💻')
})

describe.each([40, 80, 120])('on %i columns', (columns) => {
  const screen = { color: false, columns }
  const words = 'cartTotal adds up what parsePrice returns, which is cents, but freeShippingFrom is meant in euros. '

  test.each([
    ['a paragraph', words.repeat(3), ''],
    ['an item', `- ${words.repeat(3)}`, '  '],
    ['an item of a numbered list', `12. ${words.repeat(3)}`, '    '],
    ['a nested item', `- a\n  - ${words.repeat(3)}`, '    '],
    ['a quotation', `> ${words.repeat(3)}`, '│ '],
    ['letters that take two columns', `- ${'合計が正しくない場合があります'.repeat(12)}`, '  '],
    ['a word that is wider than a line', `- see ${'x'.repeat(300)}`, '  '],
    ['bold and code', `- **${words.repeat(2)}** \`${words}\``, '  '],
  ])('%s is wrapped between words, with an indent', (_, text, indent) => {
    const lines = renderMarkdown(text, screen).split('\n')
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    const last = lines.at(-1) ?? ''
    expect(lines.length).toBeGreaterThan(2)
    expect(last.startsWith(indent) && last[indent.length] !== ' ').toBe(true)
  })

  test('a table has columns that fit', () => {
    const row = (...cells: string[]) => `| ${cells.join(' | ')} |\n`
    const text = `${row('File', 'What is **wrong**', 'Lines')}${row('---', ':--', '--:')}${row('`src/a|b.ts`', words, '7')}${row('日本語', 'short', '12')}\nafter`
    const lines = renderMarkdown(text, screen).split('\n')
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    expect(lines[0]).toMatch(/^File +What is wrong +Lines$/)
    expect(lines[1]).toMatch(/^─+$/)
    expect(lines[2]).toMatch(columns === 40 ? /^src\/a\|b/ : /^src\/a\|b\.ts {2}cartTotal/)
    expect(lines.at(-3)).toMatch(/^日本語 +short +12$/)
    expect(lines.slice(-2)).toEqual(['', 'after'])
  })
})

test('a table with no room for its columns is shown cell by cell', () => {
  const heads = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']
  const row = (cells: string[]) => `|${cells.join('|')}|\n`
  const text = row(heads) + row(heads.map(() => '-')) + row(heads.map((head) => `${head} value`))
  const lines = renderMarkdown(text, { color: false, columns: 40 }).split('\n')
  expect(lines.slice(0, 2)).toEqual(['first: first value', 'second: second value'])
})

test('lines with bars that are no table are left as they are', () => {
  const text = '| a | b\n| c |\n\n|| x\n'
  expect(renderMarkdown(text, { color: false, columns: 80 })).toBe(text)
})

test('without colour there is no escape code', () => {
  expect(renderMarkdown('# A\n**b** `c`\n- d\n', { color: false })).toBe('A\nb c\n• d\n')
})

test('however the text is cut into chunks, the same comes out', () => {
  const markdown = fc.array(
    fc.constantFrom(
      '# ',
      '**',
      '`',
      '- ',
      '```',
      '\n',
      'word ',
      '1. ',
      '😀',
      '> ',
      '*',
      'م',
      '\u200c',
      '\u200d',
      '|',
      '| a |',
      '\n|-|-|\n',
      '[x](y)',
      '_',
      '!',
      '\\',
      '---\n',
      '日',
    ),
    {
      maxLength: 40,
    },
  )
  const screen = { color: true, columns: 12 }
  fc.assert(
    fc.property(markdown, fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (pieces, sizes) => {
      const text = pieces.join('')
      const stream = createMarkdownStream(screen)
      let out = ''
      for (let at = 0; at < text.length; ) {
        const size = sizes.next().value ?? 1
        out += stream.push(text.slice(at, at + size))
        at += size
      }
      expect(out + stream.end()).toBe(renderMarkdown(text, screen))
    }),
  )
})

describe('code in a fence has the colours of its language', () => {
  const green = '\u001b[32m'
  const dim = '\u001b[2m'
  const fenced = (info: string, ...lines: string[]) => `\`\`\`${info}\n${lines.join('\n')}\n\`\`\`\n`
  const shown = async (text: string) => (await renderForScreen(text, colored)).split('\n').slice(1, -2)

  test.each(['ts', 'TypeScript', 'ts title="a.ts"', '{.typescript}'])('named as %s', async (info) => {
    expect(await shown(fenced(info, "const a = 'b'"))).toEqual([`${cyan}const${cyanEnd} a = ${green}'b'\u001b[39m`])
  })

  test('a comment or a text of several lines has its colour from its first line on', async () => {
    const lines = await shown(
      fenced('py', 'def f():', '    """', '    Waits for 5 in turn.', '    """', '    return 1'),
    )
    expect(lines[2]).toBe(`${green}    Waits for 5 in turn.\u001b[39m`)
    expect(lines[4]).toContain(`${cyan}return${cyanEnd}`)
    expect(await shown(fenced('c', '/* for', ' * return 5', ' */'))).toEqual(
      ['/* for', ' * return 5', ' */'].map((line) => `${dim}${line}${boldEnd}`),
    )
  })

  test('until the characters for one answer are used up, in however many blocks', async () => {
    const hostile = Array.from({ length: 800 }, () => '((((((((((`${[[[[[[{{{{{{<<<<<<"\'/*')
    const lines = await shown(
      fenced('ts', "const a = 'b'", ...hostile, "const a = 'b'") + fenced('ts', "const a = 'b'"),
    )
    expect(lines[0]).toContain(green)
    expect(lines[801]).toBe("const a = 'b'")
    expect(lines.at(-1)).toBe("const a = 'b'")
  })

  test('in one colour where the language has no grammar', async () => {
    expect(await shown(fenced('kotlin', 'val a = 1'))).toEqual([`${cyan}val a = 1${cyanEnd}`])
  })

  test('and none without colour', async () => {
    const text = fenced('ts', 'const a = 1 // 日本')
    expect(await renderForScreen(text, { color: false })).toBe(text)
  })

  test('what could steer the terminal is shown, also within a text or a comment', async () => {
    const text = fenced('ts', 'const a = "\u001b[2J\u202e" // \u001b]0;x\u0007', '`\u001b[31m', 'open')
    const lines = (await shown(text)).join('\n')
    // oxlint-disable-next-line no-control-regex
    expect(lines.replaceAll(/\u001b\[\d+m/g, '')).not.toMatch(/[\u001b\u0007\u202e]/)
    expect(lines).not.toContain('\u001b[31m')
  })

  test('however it is cut into chunks, and no character is lost', async () => {
    const pieces = fc.array(
      fc.constantFrom(
        '```ts\n',
        '```py\n',
        '```\n',
        '\n',
        '"""',
        '/*',
        '*/',
        '`',
        '"',
        "'",
        'return ',
        '日本',
        '👩\u200d💻',
        '{',
        ' ',
      ),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 5 }), async (all, size) => {
        const text = all.join('')
        const stream = createMarkdownStream({ ...colored, code: await coloursFor(text) })
        let out = ''
        for (let at = 0; at < text.length; at += size) out += stream.push(text.slice(at, at + size))
        out += stream.end()
        expect(out).toBe(await renderForScreen(text, colored))
        // oxlint-disable-next-line no-control-regex
        expect(out.replaceAll(/\u001b\[\d+m/g, '')).toBe(renderMarkdown(text, { color: false }))
      }),
      { numRuns: 60 },
    )
  })
})
