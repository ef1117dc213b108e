import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeLines } from '../../src/text/markdown-blocks.ts'
import { markdownLine, neutralMarkdown } from '../../src/text/neutral-markdown.ts'
import { expectLinear, repeated } from '../growth.ts'
import { activeParts, codeLinesOf, codeOf } from '../markdown-readers.ts'

const runs = { numRuns: 4000 }

/** What Markdown is made of, and what would be active in it. */
const markup = [
  ['[', ']', '(', ')', '![', '](', ']:', '][', '<', '>', '\\', '`', '``', '```', '~~~', '|', '*', '_', '#', '-', '+'],
  ['\n', '\n\n', ' ', '  ', '    ', '\t', '\n> ', '\n- ', '\n1. ', '\n2) ', '\n    ', '\n  ', '\n```\n', '\n~~~\n'],
  [
    '![a](http://x)',
    '[b](http://y "t")',
    '[x]: http://z',
    '[x]',
    '<img src=x>',
    '<!-- c -->',
    '<div>',
    '</p>',
    '<?p?>',
  ],
  [
    '<http://w>',
    '<a@b.c>',
    '[c [d] e](http://v)',
    '![f [g] h](http://u)',
    '[http://t](http://t)',
    '[http://t](http://s)',
  ],
  ['| - | - |', '|-|\n', '---', '===', '&lt;', '&#91;', 'word', 'a', '1', '!', ':', '"', "'", '\u00a0', '\f', '\r\n'],
].flat()
const document = fc.array(fc.constantFrom(...markup), { maxLength: 24 }).map((pieces) => pieces.join(''))

describe('no reader finds an image, HTML or a hidden link', () => {
  test('in any text', () => {
    fc.assert(
      fc.property(document, (text) => {
        expect(activeParts(neutralMarkdown(text))).toEqual([])
      }),
      runs,
    )
  })

  test('in any field of a line of our own', () => {
    fc.assert(
      fc.property(document, document, (title, message) => {
        const [one, other] = [markdownLine(title), markdownLine(message)]
        const text = `- **high** ${one}:3 ${other} (rule)\n  ${other}\n  When: ${one}\n\n${other}\n\n${one}. ${other}\n`
        expect(activeParts(text)).toEqual([])
      }),
      runs,
    )
  })

  test('and the unescaped texts do hold some, so the readers see them', () => {
    const samples = fc.sample(document, { numRuns: 200, seed: 1 })
    expect(samples.filter((text) => activeParts(text).length > 0).length).toBeGreaterThan(60)
  })

  test.each([
    '![a [b] c](https://evil.example/?q)',
    '![a \\] b](https://evil.example/?q)',
    '\\![a](https://evil.example/?q)',
    '\\\\![a](https://evil.example/?q)',
    '[a\\](https://evil.example/?q)',
    '[a\\\\](https://evil.example/?q)',
    '`a` ![`](https://evil.example/?q) `',
    '\\`![a](https://evil.example/?q)`',
    '``![a](https://evil.example/?q)`',
    'a ` b\n![a](https://evil.example/?q) ` c',
    '[a][b]\n\n[b]: https://evil.example/?q',
    '![b]\n\n> [b]:\n> https://evil.example/?q',
    '[https://good.example](https://evil.example/?q)',
    '![https://good.example](https://good.example)',
    '[![a](https://evil.example/?q)](https://evil.example)',
    '<img\nsrc=https://evil.example/?q>',
    '<svg/onload=x>',
    '<!-- x -->',
    '| a `b | ![c](https://evil.example/?q) ` d |\n|---|---|',
    '| a |\n|---|\n| `b | c` d ` ![e](https://evil.example/?q) ` |',
    '- ```\n  code\n```\n![a](https://evil.example/?q)\n```',
    '- a\n  ```\n![a](https://evil.example/?q)\n',
    '> ```\n![a](https://evil.example/?q)\n',
    '1. a\n\n   ```\n   code\n\n  ![a](https://evil.example/?q)\n',
    'a\n    ![b](https://evil.example/?q)',
    '-\n\n      ![b](https://evil.example/?q)',
    '```\ncode\n```` x\n```\n![a](https://evil.example/?q)',
    '~~~ `\n~~~\n![a](https://evil.example/?q)',
    '``` a`b\n![a](https://evil.example/?q)\n```',
    '<div>\n```\n![a](https://evil.example/?q)\n```\n',
    '[a]: <b\n```\n![a](https://evil.example/?q)\n```',
    '[click](javascript:alert(1))',
    '[javascript:x](javascript:x)',
    '&#33;[a](https://evil.example/?q)',
    '~~~|<a@b.c>\n| - | - |',
    '```a|b\n-|-\n\n![a](https://evil.example/?q)\n',
    '> |~~~\n> |-|-|\n\n![a](https://evil.example/?q)\n',
  ])('in %j', (text) => {
    expect(activeParts(neutralMarkdown(text))).toEqual([])
    expect(activeParts(`- x ${markdownLine(text)}:1\n  ${markdownLine(text)}\n`)).toEqual([])
  })
})

describe('what stands in back ticks prints as it is written', () => {
  const answers = [
    'The thinking ends with `</think>`, bold text begins with `<b>`.',
    '`<b>` and `a || b`, or `Map<A|B>`: none of them is HTML.',
    'Split at `a|b`, then wrap in `<ul>` and `</ul>`.',
    '- `x | y` gives `<x>`\n- `[a](b)` is a link, `![a](b)` a picture\n',
    '> `a|b` and `<c>`\n',
    '1. pipe `<stdin> | sort` to `<stdout>`\n',
    '# `<b>|<i>`\n\n`` `<b>` `` in two, ``` ``<b>`` ``` in three.\n',
    'The price is `a|b`.\n\n| a | b |\n|---|---|\n| `<b>` | `</b>` |\n',
    'An `<input|output>` \\`no code\\` and `<x>`.',
    'No `<b>` | `<i>`.\n\n```\n|---|\n```\n',
  ]
  test.each(answers)('%j', (text) => {
    expect(neutralMarkdown(text)).toBe(text)
    expect(activeParts(text)).toEqual([])
  })

  test.each(answers.filter((text) => !text.includes('\n') && !text.includes('\\')))(
    'in a line of our own: %j',
    (text) => {
      expect(markdownLine(text)).toBe(text)
      expect(activeParts(`- **high** a.ts:3 ${markdownLine(text)} (rule)\n  ${markdownLine(text)}\n`)).toEqual([])
    },
  )

  test('beside HTML that is none', () => {
    const neutral = neutralMarkdown('Say `a|b`, `<b>` and <b>x</b>.')
    expect(neutral).toBe('Say `a|b`, `<b>` and \\<b>x\\</b>.')
    expect(codeOf(neutral)).toEqual(['a|b', '<b>'])
  })

  test('but in a table, where a bar ends a cell whatever is around it', () => {
    const table = '| a | b |\n|---|---|\n| `x | <b>y</b>` |\n'
    expect(activeParts(table)).not.toEqual([])
    expect(activeParts(neutralMarkdown(table))).toEqual([])
  })

  test.each(['---', '- | -', ':-:', '|-', '> |:--|', '- |-|', '* --|--'])(
    'whatever a table has below its head: %j',
    (row) => {
      const text = `| a \n${row}\n| \`x | <b>y</b>\` |\n`
      expect(activeParts(neutralMarkdown(text))).toEqual([])
    },
  )

  test('and no field of ours is the row below a head', () => {
    for (const field of [':-|-', '|-|-', '-|-', ':-:', '--- | ---'])
      expect(activeParts(`a | b\n${markdownLine(field)}\n${markdownLine('`x | <b>y</b>`')}\n`)).toEqual([])
  })
})

describe('ordinary Markdown stays as it is', () => {
  const ordinary = [
    '# A heading\n\nText with *emphasis*, **strong words**, ~~old ones~~ and `code`.\n\n## Another\n',
    '- one\n- two\n  - inner\n\n1. first\n2. second\n\n- [ ] to do\n- [x] done\n',
    '| a | b |\n|---|:-:|\n| `x` | 2 |\n',
    '> a quotation\n> goes on\n\n---\n\n***\n',
    '```html\n<img src="a.png"> ![a](b) [c](d)\n```\n\n    <b>indented</b> [a](b)\n',
    '- step\n  ```tsx\n  return <div>{list[0](x)}</div>\n  ```\n- next\n',
    '1. step\n\n   ~~~\n   <p>\n   ~~~\n\n> ```\n> <br>\n> ```\n',
    'See <https://example.com/a_(b)> and [example.com/a](https://example.com/a) and https://example.com/b.\n',
    'An array `list[0](x)`, a type `Map<string, number>`, a == b && c < d, x[1] = 2, [1], 2 < 3.\n',
    'A backslash \\* and \\`no code\\`, a path C:\\Users\\me, it`s one tick.\n',
    '| type | use |\n|---|---|\n| `Map<string, number>` | `a[0](b)` |\n',
    '\tconst a = b[0](c)\n\nEnd.\n',
  ]

  test.each(ordinary)('%j', (text) => {
    expect(neutralMarkdown(text)).toBe(text)
  })

  test('beside what is not, and code everywhere', () => {
    const text = `${ordinary.join('\n')}\n![tracking](https://evil.example/?q=1) and <b>HTML</b>\n`
    const neutral = neutralMarkdown(text)
    expect(neutral).toContain('!\\[tracking\\](https://evil.example/?q=1) and \\<b>HTML\\</b>')
    expect(codeOf(neutral)).toEqual(codeOf(text.replace(/\n!\[tracking.*\n$/, '\n')))
  })

  test('and a link whose target is hidden shows it, with its words', () => {
    expect(neutralMarkdown('Read [the docs](https://example.com/a?b=1).')).toBe(
      'Read \\[the docs\\](https://example.com/a?b=1).',
    )
  })
})

test('which lines are code is known as CommonMark knows it', () => {
  const pieces = markup.filter((piece) => !/[[\]<:]/.test(piece))
  const lines = fc.array(fc.constantFrom(...pieces, '\n', '\n', '      ', '\n\t', '>\t', '-\t'), { maxLength: 24 })
  fc.assert(
    fc.property(lines, (parts) => {
      const text = parts.join('').replaceAll('\r\n', '\n').replaceAll('\f', '')
      const rows = text.split('\n')
      const code = codeLines(rows)
      const ours = rows.flatMap((row, at) => (code[at] === true && /[^ \t]/.test(row) ? [at] : []))
      expect(ours).toEqual(codeLinesOf(text).filter((at) => /[^ \t]/.test(rows[at] ?? '')))
    }),
    { numRuns: 8000 },
  )
})

test.each(
  [
    ['[', ']', '![', '](', '<', '<a', '`', '` ', '\\', '\\`', '[a](b', '![a](b) ', '`a', '``', '|`', '<http://'],
    ['> ', '- ', '1. ', '    ', '\t', '- a\n', '>\n', '```\n', '~~~~', '\n', '*', '_ ', '[http://', '](http://'],
  ].flat(),
)('hostile text takes time in proportion to its length: %j', async (piece) => {
  await expectLinear(repeated(piece), neutralMarkdown, { upTo: 200_000 })
  await expectLinear(repeated(piece), markdownLine, { upTo: 200_000 })
})
