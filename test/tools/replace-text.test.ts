import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lazyMarker } from '../../src/tools/lazy-marker.ts'
import { nearestLines } from '../../src/tools/nearest-lines.ts'
import { occurrences } from '../../src/tools/occurrences.ts'
import { replaceText } from '../../src/tools/replace-text.ts'

const edit = (text: string, old: string, now: string, all = false) => replaceText(text, { old, new: now, all })

/** The text afterwards; else what became of the edit. */
function after(text: string, old: string, now: string, all = false): string {
  const result = edit(text, old, now, all)
  return result.outcome === 'replaced' ? result.text : result.outcome
}

const code = 'function f() {\n  if (a) {\n    go(1)\n  }\n}\n'

describe('a passage is found', () => {
  test.each<[string, string, [old: string, now: string], string]>([
    ['as it stands', code, ['go(1)', 'go(2)'], code.replace('go(1)', 'go(2)')],
    ['over several lines', code, ['{\n    go(1)\n  }', '{ go(1) }'], 'function f() {\n  if (a) { go(1) }\n}\n'],
    ['and taken away', code, ['    go(1)\n', ''], code.replace('    go(1)\n', '')],
    [
      'with the numbers of read_file',
      code,
      ['2|   if (a) {\n3|     go(1)', '2|   if (b) {\n3|     go(1)'],
      code.replace('a)', 'b)'),
    ],
    ['with numbers only in the old text', code, ['3|     go(1)\n', '    go(2)\n'], code.replace('(1)', '(2)')],
    ['that has such numbers itself', '1| a\n2| b\n', ['2| b', '2| c'], '1| a\n2| c\n'],
    ['with other line ends', 'a\r\nb\r\nc\r\n', ['a\nb', 'a\nx\nb'], 'a\r\nx\r\nb\r\nc\r\n'],
    ['in a file of Windows, which keeps its line ends', 'a\r\nb\r\n', ['b', 'x\ny'], 'a\r\nx\r\ny\r\n'],
    ['in a file of Unix, which keeps its own', 'a\nb\n', ['a\r\nb', 'x\r\ny'], 'x\ny\n'],
    ['in a file that mixes them', 'a\r\nb\nc\nd\n', ['a\nb', 'x\ny'], 'x\ny\nc\nd\n'],
    ['with blanks at line ends', 'a  \nb\t\nc\n', ['a\nb\n', 'x\n'], 'x\nc\n'],
    ['without the blanks that are there', 'a\nb\nc\n', ['a \nb ', 'x'], 'x\nc\n'],
    [
      'further in',
      code,
      ['if (a) {\n  go(1)\n}', 'if (b) {\n\n  go(2)\n}'],
      'function f() {\n  if (b) {\n\n    go(2)\n  }\n}\n',
    ],
    [
      'further out',
      'if (a) {\n  go(1)\n}\n',
      ['    if (a) {\n      go(1)\n    }', '    if (b) {\n      go(1)\n    }'],
      'if (b) {\n  go(1)\n}\n',
    ],
    ['behind tabs', '\tif (a)\n\t\tgo(1)\n', ['if (a)\n\tgo(1)\n', 'if (b)\n\tgo(1)\n'], '\tif (b)\n\t\tgo(1)\n'],
    ['at the very end, without a line end', 'a\nb', ['b', 'c'], 'a\nc'],
    ['with $& in the new text', 'a b', ['a', '$& $1'], '$& $1 b'],
  ])('%s', (_, text, [old, now], expected) => {
    expect(after(text, old, now)).toBe(expected)
  })

  test('the exact one, where a lenient one would be there too', () => {
    expect(after('  a(1)\na(1) \n', 'a(1) ', 'b')).toBe('  a(1)\nb\n')
  })

  test('and the lines of the new text are named', () => {
    expect(edit('a\nb\nc\n', 'b\n', 'x\ny\n')).toMatchObject({ ranges: [{ startLine: 2, endLine: 3 }] })
    expect(edit('a\nb\nc\n', 'b', '')).toMatchObject({ ranges: [{ startLine: 2, endLine: 2 }] })
    const several = edit('b\na\nb\n', 'b', 'x\ny', true)
    expect(several).toMatchObject({
      text: 'x\ny\na\nx\ny\n',
      ranges: [
        { startLine: 1, endLine: 2 },
        { startLine: 4, endLine: 5 },
      ],
    })
  })
})

describe('a passage is not found', () => {
  test.each<[string, string, string]>([
    ['when a word differs', 'const total = sum(a)\n', 'const total = add(a)'],
    ['when lines are further in by different blanks', 'a\n  b\n', '  a\n  b'],
    ['when only blanks are looked for in other blanks', 'a\n\n  \n', '   \n   '],
    ['when the lines stand in another order', 'a\nb\n', 'b\na'],
    ['when numbers do not count up', 'x\ny\n', '1| x\n7| y'],
  ])('%s', (_, text, old) => {
    expect(after(text, old, 'new text')).toBe('missing')
  })
})

describe('more than one passage', () => {
  test('is named by its lines, and nothing is replaced', () => {
    expect(edit('a\nb\na\n', 'a', 'x')).toEqual({ outcome: 'several', lines: [1, 3] })
    expect(edit('aaa', 'aa', 'x')).toEqual({ outcome: 'several', lines: [1, 1] })
    expect(edit('  a\nc\n    a\n', 'a \n', 'x\n')).toEqual({ outcome: 'several', lines: [1, 3] })
  })

  test('is replaced when all are meant', () => {
    expect(after('a\nb\na\n', 'a', 'x', true)).toBe('x\nb\nx\n')
    expect(after('aaa', 'aa', 'x', true)).toBe('xa')
    expect(after('b\n'.repeat(50_000), 'b', 'c', true)).toBe('c\n'.repeat(50_000))
  })
})

describe('an edit that was made before', () => {
  test.each<[string, string, [old: string, now: string]]>([
    ['is seen when the old text is gone', 'const total = 2 + 2\n', ['const total = 4', 'const total = 2 + 2']],
    ['is seen when it only added lines', 'a\nb\nc\n', ['a\n', 'a\nb\n']],
    ['is seen when it added something in the line', 'go(1, 2)\n', ['go(1', 'go(1, 2']],
    [
      'is seen in a file of Windows',
      'const total = 2\r\nreturn total\r\n',
      ['return 1', 'const total = 2\nreturn total'],
    ],
  ])('%s', (_, text, [old, now]) => {
    expect(after(text, old, now)).toBe('already-there')
  })

  test('is not confused with one that is still to be made elsewhere', () => {
    expect(after('a\nb\na\n', 'a\n', 'a\nb\n', true)).toBe('a\nb\nb\na\nb\n')
    expect(after('go(1)\n', 'go(1', 'go(1, 2')).toBe('go(1, 2)\n')
    expect(after('}\n', 'x', '}')).toBe('missing')
  })
})

describe('whatever the text', () => {
  // Few kinds of lines, so that they meet.
  const line = fc.constantFrom('', 'a', ' a', '  a ', '\ta', 'b', '}', '  }', 'a b', '1| a')
  const text = fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'))
    .map(([lines, end]) => lines.join(end))

  test('what is around the passage stays byte for byte', () => {
    fc.assert(
      fc.property(text, text, text, fc.string(), (before, old, behind, now) => {
        fc.pre(old !== '')
        const whole = before + old + behind
        const result = edit(whole, old, now)
        if (result.outcome !== 'replaced') return
        // It is there as it stands, so this is the one that counts.
        expect(result.exactness).toBe('exact')
        const at = whole.indexOf(old)
        expect(result.text.startsWith(whole.slice(0, at))).toBe(true)
        expect(result.text.endsWith(whole.slice(at + old.length))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('one passage is replaced, or none', () => {
    fc.assert(
      fc.property(text, text, (whole, old) => {
        const result = edit(whole, old, 'zz')
        if (result.outcome !== 'replaced') return
        expect(result.text.split('zz')).toHaveLength(2)
        const [before = '', behind = ''] = result.text.split('zz')
        expect(whole.startsWith(before)).toBe(true)
        expect(whole.endsWith(behind)).toBe(true)
      }),
      { numRuns: 5000 },
    )
  })

  test('occurrences are what looking at each place finds', () => {
    const few = fc.array(fc.constantFrom(1, 2), { maxLength: 30 })
    fc.assert(
      fc.property(few, fc.array(fc.constantFrom(1, 2), { minLength: 1, maxLength: 5 }), (items, wanted) => {
        const naive = items.flatMap((_, at) => (wanted.every((one, index) => items[at + index] === one) ? [at] : []))
        expect(occurrences(items, wanted)).toEqual(naive)
      }),
      { numRuns: 2000 },
    )
  })
})

const megabyte = 1024 * 1024
const kilobytes64 = 64 * 1024
test.each<[string, string, string]>([
  ['is nowhere', 'const value = compute(1)\n'.repeat(megabyte / 25), 'const value = compute(2)'],
  ['is everywhere', 'a\n'.repeat(megabyte / 2), 'a'],
  ['is nearly everywhere, on long lines', 'a'.repeat(megabyte), `b${'a'.repeat(kilobytes64 - 1)}`],
  ['is nearly everywhere, on short lines', 'a\n'.repeat(megabyte / 2), `${'a\n'.repeat(kilobytes64 / 2 - 1)}b\n`],
  ['is further in, nearly everywhere', ' a\n'.repeat(megabyte / 3), `${'a\n'.repeat(kilobytes64 / 2 - 1)}b\n`],
  ['is further in, everywhere', ' a\n'.repeat(megabyte / 3), 'a\n'.repeat(kilobytes64 / 2)],
  ['has other line ends', 'a b\r\n'.repeat(megabyte / 5), 'a b\na b\nc'],
  ['is blank', '\n'.repeat(megabyte), '\n'.repeat(kilobytes64)],
])('in a file of 1 MB an edit takes less than 200 ms where the passage %s', (_, text, old) => {
  let best = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 5 && best > 200; attempt += 1) {
    const cpu = process.cpuUsage()
    const begin = performance.now()
    const { outcome } = edit(text, old, 'x')
    if (outcome === 'missing') nearestLines(text.split('\n'), old.split('\n'))
    const { user, system } = process.cpuUsage(cpu)
    best = Math.min(best, performance.now() - begin, (user + system) / 1000)
  }
  expect(best).toBeLessThan(200)
})

describe('the nearest lines', () => {
  const lines = [
    'import a',
    '',
    'function total(items) {',
    '  let sum = 0',
    '  return sum',
    '}',
    '',
    'export { total }',
  ]
  test.each<[string, string[], number | undefined]>([
    ['are where most lines are the same', ['function total(items) {', '  let sum = 1', '  return sum'], 3],
    ['are where the words are the same', ['  let sum = 10'], 4],
    ['are none', ['class Zebra'], undefined],
  ])('%s', (_, wanted, first) => {
    expect(nearestLines(lines, wanted)?.first).toBe(first)
  })

  test('are as many as were looked for, at most twelve', () => {
    const many = Array.from({ length: 50 }, (_, at) => `line number ${at}`)
    expect(nearestLines(many, [...many.slice(10, 40), 'other'])?.lines).toEqual(many.slice(10, 22))
  })
})

describe('a line that stands for what is left out', () => {
  test.each([
    '// ... existing code ...',
    '    // ...existing code...',
    '# rest unchanged',
    '// ... rest of the file unchanged ...',
    '/* ... rest of the function ... */',
    '# ... (rest of the code remains the same)',
    '<!-- ... existing content ... -->',
    '{/* ... existing imports ... */}',
    '// rest of the code',
    '// ... other methods ...',
    '-- ... same as before ...',
    '# ... unchanged …',
    '... existing code ...',
    '[... unchanged ...]',
    '% remaining code unchanged',
    '// (existing code here)',
    '* the rest of the class stays as it is',
    "' ... other functions remain the same ...",
    '// keep the rest as is ...',
    '// TODO: keep the existing code',
  ])('is found: %s', (line) => {
    expect(lazyMarker(`a\n${line}\nb\n`)).toBe(line.trim())
  })

  test.each([
    '// existing users keep their plan',
    '# the rest of the arguments are paths',
    '  ...rest,',
    '  ...existing',
    'const { a, ...rest } = props',
    'return [...existing, ...other]',
    'f(...original)',
    '// Other methods',
    '## The rest',
    'const rest = ...',
    '# ...',
    'Unchanged lines are shown in grey ...',
    'original.method(this)',
    'class Rest:',
    '"existing": "..."',
    'case Same:',
    '.other { }',
  ])('is something else: %s', (line) => {
    expect(lazyMarker(`a\n${line}\nb\n`)).toBeUndefined()
  })

  test('is allowed where it is there already', () => {
    expect(lazyMarker('x\n  // ... existing code ...\n', '// ... existing code ...\n')).toBeUndefined()
  })
})
