import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectLinear, repeated } from '../growth.ts'
import { parseGlob } from '../../src/workspace/glob.ts'

describe('a glob', () => {
  test.each([
    ['*.ts', ['a.ts', '.ts', '.a.ts'], ['a.tsx', 'src/a.ts', 'a-ts']],
    ['**', ['a', 'a/b', '.github/a'], []],
    ['**/*.ts', ['a.ts', 'src/a.ts', 'src/deep/.a.ts'], ['a.js', 'src/a.ts/b']],
    ['src/**', ['src/a', 'src/a/b'], ['a', 'lib/src/a']],
    ['src/**/test/*.ts', ['src/test/a.ts', 'src/x/y/test/a.ts'], ['src/test/x/a.ts', 'test/a.ts']],
    ['a?c', ['abc', 'a.c', 'a\u{1f600}c'], ['ac', 'a/c', 'abbc']],
    ['[a-c]x', ['ax', 'cx'], ['dx', 'x', '[a-c]x']],
    ['[!a-c]x', ['dx'], ['ax', 'x']],
    ['[^ab]', ['c'], ['a']],
    ['[]a]', [']', 'a'], ['b']],
    ['[a', ['[a'], ['a']],
    ['app/(group)/[[]id].tsx', ['app/(group)/[id].tsx'], ['app/group/[id].tsx', 'app/(group)/i.tsx']],
    ['\\*.ts', ['*.ts'], ['a.ts']],
    ['*.{ts,tsx}', ['a.ts', 'a.tsx'], ['a.js', 'a.{ts,tsx}']],
    ['{src,test}/**/{a,b}.ts', ['src/a.ts', 'test/x/b.ts'], ['lib/a.ts', 'src/c.ts']],
    ['{a,{b,c}}', ['a', 'b', 'c'], ['{b,c}']],
    ['a{}', ['a{}'], ['a']],
    ['+(a)', ['+(a)'], ['a', 'aa']],
    ['./a', ['a'], ['b']],
    ['a.b', ['a.b'], ['axb']],
  ])('%j', (pattern, yes, no) => {
    const isMatch = parseGlob(pattern)
    expect(yes.filter((path) => !isMatch(path))).toEqual([])
    expect(no.filter(isMatch)).toEqual([])
  })

  test('without a slash matches at any depth when that is asked for', () => {
    expect(['a.ts', 'x/y/a.ts', 'a.js'].map(parseGlob('*.ts', true))).toEqual([true, true, false])
    expect(['src/a.ts', 'x/src/a.ts'].map(parseGlob('src/*.ts', true))).toEqual([true, false])
  })

  test.each([
    ['../*', 'leaves its folder'],
    ['..', 'leaves its folder'],
    ['/etc/*', 'leaves its folder'],
    ['C:/*', 'leaves its folder'],
    ['./../*', 'leaves its folder'],
    ['src/../../*', 'leaves its folder'],
    ['{..,src}/*', 'leaves its folder'],
    ['!src/**', 'excludes'],
    ['', 'is not a glob'],
    ['./', 'is not a glob'],
    ['a\0*', 'is not a glob'],
    ['{1..100000}', 'has a range'],
    ['{a,b}'.repeat(90), 'is too long'],
    [`${'x'.repeat(501)}*`, 'is too long'],
  ])('%j is refused: it %s', (pattern, problem) => {
    expect(() => parseGlob(pattern)).toThrow(problem)
  })

  test('any name matches itself, and what a star stands for does not matter', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '.', '-', '(', ')', '+', '@', 'é', '\u{1f600}'),
      minLength: 1,
    })
    fc.assert(
      fc.property(name, name, name, (head, middle, tail) => {
        fc.pre(head !== '..' && tail !== '..' && !/^\.+$/.test(head + tail))
        expect(parseGlob(`${head}*${tail}`)(`${head}${middle}${tail}`)).toBe(true)
        expect(parseGlob(`${head}/**/${tail}`)(`${head}/${middle}/${middle}/${tail}`)).toBe(true)
        expect(parseGlob(`${head}${tail}`)(`${head}${middle}${tail}`)).toBe(false)
      }),
    )
  })

  // A regular expression made of this glob would take longer than anybody lives.
  test('that was made to take for ever does not', () => {
    const name = 'a'.repeat(255)
    const path = [name, name, name, name].join('/')
    const isMatch = parseGlob(`${'*a*a*a*a*a/'.repeat(3)}*a*a*a*a*b`)
    for (let round = 0; round < 1000; round++) expect(isMatch(path)).toBe(false)
  })
})

test.each(['{', '{a,', '*a*b', '{*a*b,', '**/', '[', '../'])(
  'a glob of any length is refused in no time: %s',
  async (piece) => {
    const refuse = (pattern: string) => expect(() => parseGlob(pattern)).toThrow(/is too long|leaves its folder/)
    refuse(piece.repeat(100_000))
    await expectLinear(repeated(piece), (pattern) => tryGlob(pattern), { upTo: 262_144 })
  },
)

function tryGlob(pattern: string): void {
  try {
    parseGlob(pattern)
  } catch {
    // Refused, which is as good.
  }
}
