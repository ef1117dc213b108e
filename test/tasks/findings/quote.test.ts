import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groundReply } from '../../../src/tasks/findings/ground-reply.ts'
import { locateQuote } from '../../../src/tasks/findings/quote.ts'
import { showLines } from '../../../src/tasks/findings/shown.ts'
import type { UnitLine } from '../../../src/input/unit.ts'
import { expectLinear, repeated } from '../../growth.ts'
import { fileUnit, rawFinding } from './unit.ts'

const shown = (source: string): UnitLine[] =>
  source.split('\n').map((line, at) => ({
    number: at + 10,
    kind: line.startsWith('+') ? 'added' : 'context',
    text: line.slice(1),
  }))

const lines = shown(` function load(path) {
+  const text = read(path)
+  return text.length
 }
 function save(path) {
   const text = read(path)
   write(path, text.trim())
 }`)

const place = (quote: string, among = lines) => {
  const found = locateQuote(quote, showLines(among))
  return found === null ? null : [found.from, found.to]
}

/** Lines of a file, none of them changed. */
const file = (text: string): UnitLine[] =>
  text.split('\n').map((line, at) => ({ number: at + 1, kind: 'context', text: line }))

/** The number of the line where a quote is found in a file. */
const lineOf = (quote: string, text: string) => {
  const found = locateQuote(quote, showLines(file(text)))
  return found === null ? null : found.from + 1
}

describe('a quote is found', () => {
  test.each([
    ['as it stands', '  return text.length', [2, 2]],
    ['without its indentation', 'return text.length', [2, 2]],
    ['with the margin the model copied', '+ 12 |   return text.length', [2, 2]],
    ['with a plus sign only', '+  return text.length', [2, 2]],
    ['inside a code fence', '```js\nreturn text.length\n```', [2, 2]],
    ['with other white space', 'write( path,text.trim() )', [6, 6]],
    ['as a piece of a line', 'text.trim()', [6, 6]],
    ['over several lines', 'const text = read(path)\nreturn text.length', [1, 2]],
    ['with one slip of the pen in a long line', 'write(path, text.trimm())', [6, 6]],
  ])('%s', (_, quote, expected) => {
    expect(place(quote)).toEqual(expected)
  })

  test('on the added line when it stands on several', () => {
    expect(place('const text = read(path)')).toEqual([1, 1])
  })

  test('at the number that was copied when several places are equal', () => {
    const same = shown(' return null\n x\n return null')
    expect(place('12: return null', same)).toEqual([2, 2])
    expect(place('+ 12 | return null', same)).toEqual([2, 2])
    expect(place('return null', same)).toEqual([0, 0])
  })
})

describe('a quote as it stands comes before anything that could be taken off it', () => {
  test.each([
    [
      'an item of a list and the same key without one',
      '- run: make all',
      'jobs:\n  a:\n    steps:\n      - run: make all\n  b:\n    run: make all',
      4,
    ],
    ['a member of a union', "| 'err'", "type A =\n  | 'err'\n  | 'ok'\nconst x = 'err'", 2],
    ['an arm of a match', '| Some x -> x', 'match a with\n| Some x -> x\nlet Some x -> x', 2],
    ['a step of a pipe', '|> String.trim()', 'String.trim()\nname\n|> String.trim()', 3],
    ['an alternative', '|| isAdmin(user)', 'isAdmin(user)\nif (a\n  || isAdmin(user))', 3],
    ['a row of a table', '| 12 | total |', '12 | total |\n| 12 | total |', 2],
    ['a line of a kept patch', '+ const total = 1', 'const total = 1\n+ const total = 1', 2],
    ['a removed line of a kept patch', '-const total = 1', 'const total = 1\n-const total = 1', 2],
    ['a number before a bar', '12 | total', 'total\n12 | total', 2],
    ['an operator at the head of a line', '+ rest.length', 'rest.length\nreturn head.length\n  + rest.length', 3],
    ['a quotation mark', '"total": 1,', 'total": 1\n"total": 1,', 2],
    ['a piece in back ticks', '`total` is wrong', 'total is wrong\n// `total` is wrong', 2],
  ])('%s', (_, quote, text, line) => {
    expect(lineOf(quote, text)).toBe(line)
  })
})

describe('a quote is found in the forms that models use', () => {
  const text = [
    "import { totalOf } from './total.js'",
    'export const half = (n) => n / zero',
    'const share = totalOf(list, taxRate) / list.size',
    'const greeting = `Hello "${user.name}", welcome`',
    'if (a < b && c > d) return list.map((x) => x.id)',
    'const caf\u00e9 = price \u2212 1',
    'print("a\\n", end="")',
    'return total',
    'const last = 1',
    'return total',
    'const pattern = /\\d+\\.\\d+/',
  ].join('\n')

  test.each([
    ['a number and a colon', '2: export const half = (n) => n / zero', 2],
    ['a number and a bar', '2 | export const half = (n) => n / zero', 2],
    ['a number and an arrow', '     2\u2192export const half = (n) => n / zero', 2],
    ['a number and a tab', '     2\texport const half = (n) => n / zero', 2],
    ['a number in brackets', '[2] export const half = (n) => n / zero', 2],
    ['a letter and a number', 'L2: export const half = (n) => n / zero', 2],
    ['the word line', 'Line 2: export const half = (n) => n / zero', 2],
    ['a path and a number', 'src/a.js:2: export const half = (n) => n / zero', 2],
    ['a path and a number in brackets', 'a.js(2): export const half = (n) => n / zero', 2],
    ['the number behind it', 'export const half = (n) => n / zero  // line 2', 2],
    ['an arrow behind it', 'export const half = (n) => n / zero  <-- divides by zero', 2],
    ['back ticks', '`export const half = (n) => n / zero`', 2],
    ['bold', '**export const half = (n) => n / zero**', 2],
    ['bold and back ticks and a number', '**2: `export const half = (n) => n / zero`**', 2],
    ['quotation marks', '"export const half = (n) => n / zero"', 2],
    ['a quotation sign', '> export const half = (n) => n / zero', 2],
    ['a bullet', '* export const half = (n) => n / zero', 2],
    ['a list number', '1. export const half = (n) => n / zero', 2],
    ['a fence', '```js\nexport const half = (n) => n / zero\n```', 2],
    ['a full stop', 'export const half = (n) => n / zero.', 2],
    ['an ellipsis at its end', 'const share = totalOf(list, \u2026', 3],
    ['dots at its end', 'const share = totalOf(list, ...', 3],
    ['dots at its head', '... taxRate) / list.size', 3],
    ['dots in its middle', 'const share = ... / list.size', 3],
    ['dots in brackets', 'const share = [...] / list.size', 3],
    ['lines that were left out', 'export const half = (n) => n / zero\n...\nif (a < b && c > d)', 2],
    ['lines that a comment stands for', "import { totalOf } from './total.js'\n// ...\nconst greeting = `Hello", 1],
    ['entities', 'if (a &lt; b &amp;&amp; c &gt; d) return list.map((x) =&gt; x.id)', 5],
    ['numbered entities', 'if (a &#60; b &#x26;&#x26; c &#62; d)', 5],
    ['entities that were escaped twice', 'if (a &amp;lt; b &amp;amp;&amp;amp; c', 5],
    ['escaped quotation marks', 'const greeting = `Hello \\"${user.name}\\", welcome`', 4],
    ['typographic quotation marks', 'const greeting = `Hello \u201c${user.name}\u201d, welcome`', 4],
    ['a letter and its accent apart', 'const cafe\u0301 = price \u2212 1', 6],
    ['a plain minus', 'const caf\u00e9 = price - 1', 6],
    ['wide brackets', 'if \uff08a < b && c > d\uff09 return list.map', 5],
    ['hidden characters', 'const \u200bshare = totalOf(list, taxRate)', 3],
    ['an escape too many', 'print(\\"a\\\\n\\", end=\\"\\")', 7],
    ['backslashes twice', 'const pattern = /\\\\d+\\\\.\\\\d+/', 11],
    ['escaped code points', 'if (a \\u003c b \\u0026\\u0026 c', 5],
    ['a line break that was written out', 'return total\\nconst last = 1', 8],
    ['written-out breaks with numbers', '9: const last = 1\\n10: return total', 9],
    ['a number that says which', '10: return total', 10],
    ['a number that says which, in back ticks', '`10 | return total`', 10],
    ['two lines on one', 'const last = 1 return total', 9],
    ['several lines with numbers', '8: return total\n9: const last = 1', 8],
    ['a break in the middle of a line', 'const share =\n  totalOf(list, taxRate)', 3],
  ])('with %s', (_, quote, line) => {
    expect(lineOf(quote, text)).toBe(line)
  })

  test.each([
    ['another name', 'export const half = (n) => n / count'],
    ['another name behind a number', '2: export const half = (n) => n / count'],
    ['an ellipsis around nothing of it', 'const share = ... + list.length'],
    ['nothing but an ellipsis', '...'],
    ['nothing but an ellipsis and a bracket', '( ... )'],
    ['the lines the wrong way round', 'const share = totalOf\n...\nimport { totalOf }'],
    ['only a number', '12'],
    ['only a path', 'src/a.js:2:'],
    ['a comparison the wrong way round', 'if (a &gt; b &amp;&amp; c &gt; d)'],
  ])('but not with %s', (_, quote) => {
    expect(lineOf(quote, text)).toBeNull()
  })
})

describe('a quote is not found', () => {
  test.each([
    ['when it is nowhere', 'await database.close()'],
    ['when it is empty', ''],
    ['when it is only a bracket', '}'],
    ['when it is only a margin', '+ 12 |'],
    ['when it is a word that stands on many lines', 'text'],
  ])('%s', (_, quote) => {
    expect(place(quote)).toBeNull()
  })

  test('by likeness when two places are alike', () => {
    const twins = shown(' const total = compute(first, secondd)\n const total = compute(first, seconde)')
    expect(place('const total = compute(first, second)', twins)).toBeNull()
  })
})

test('every line of the input with something on it finds itself', () => {
  const text = fc.stringMatching(/^[a-z][a-z (){}.=+-]{7,30}$/)
  fc.assert(
    fc.property(fc.uniqueArray(text, { minLength: 1, maxLength: 8 }), fc.nat(), (texts, pick) => {
      const unit: UnitLine[] = texts.map((line, at) => ({ number: at + 1, kind: 'context', text: line }))
      const wanted = texts[pick % texts.length] ?? ''
      fc.pre(wanted.replace(/\s/g, '').length >= 4)
      const found = locateQuote(wanted, showLines(unit))
      expect(texts[found?.from ?? -1]?.trim()).toContain(wanted.trim())
    }),
  )
})

test('whatever the model quotes, a place is inside the unit', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (quote) => {
      const found = locateQuote(quote, showLines(lines))
      if (found !== null) expect(found.from >= 0 && found.from <= found.to && found.to < lines.length).toBe(true)
    }),
  )
})

describe('hostile quotes are looked up in time that grows with their number and length', () => {
  const long = Array.from(
    { length: 80 },
    (_, at) => `const value${at} = ${'compute(first, second, third) + '.repeat(8)}`,
  )
  const unit = (text: string) => fileUnit(text)
  const ground = (count: number, make: (at: number) => string, text = long.join('\n')) => {
    const findings = Array.from({ length: count }, (_, at) => rawFinding({ quote: make(at) }))
    return groundReply({ analysis: '', findings }, [unit(text)], { known: async () => true })
  }

  test.each<[string, (at: number) => string, string?]>([
    ['nearly there', (at) => `${long[at % 80]?.slice(0, 300).replace('third', 'thirt')}x`],
    ['on every line', () => 'abcd', 'abcd\n'.repeat(7000)],
    ['pieces of every line', () => 'second', long.join('\n')],
    ['in every wrapping', (at) => `**${at}: \`"const none${at}"\`**`],
    ['full of ellipses', () => 'const ... compute ... first ... none'],
    ['over many lines', () => 'const a\nconst b\nconst c\nconst d'],
  ])('%s', async (_, make, text) => {
    await expectLinear(
      (size) => size,
      (count) => ground(count, make, text),
      { upTo: 1500 },
    )
  })

  test.each(['`', '\\', '&amp;', ' ', '1: ', '- ', '...', '\\n', '"', '\u0301', 'a.b:1 ', '(line 1) '])(
    'made of %j',
    async (piece) => {
      await expectLinear(repeated(piece), (quote) => ground(1, () => `const x${quote}y`), { upTo: 200_000 })
    },
  )
})
