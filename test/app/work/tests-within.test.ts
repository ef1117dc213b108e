import { expect, test } from 'vitest'
import { testLines, withFormerTests } from '../../../src/app/work/tests-within.ts'

const rust = `pub fn add(a: i32, b: i32) -> i32 {
    a - b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds() {
        assert_eq!(add(1, 2), 3);
    }
}
`
const python = `def add(a, b):
    """
    >>> add(1, 2)
    3

    Adds.
    """
    return a - b


def test_add():
    assert add(1, 2) == 3


def sub(a, b):
    return a - b
`
const vitest = `export const add = (a, b) => a - b

if (import.meta.vitest) {
  const { it, expect } = import.meta.vitest
  it('adds', () => {
    expect(add(1, 2)).toBe(3)
  })
}
`
const shell = 'add() {\n  echo $(($1 - $2))\n}\n'

test.each([
  ['Rust', rust, [5, 13]],
  ['Python', python, [3, 4, 11, 12]],
  ['vitest', vitest, [3, 8]],
  ['a file without tests', shell, []],
])('the tests of %s are known', (_, text, expected) => {
  const lines = text.split('\n')
  const isTest = testLines(lines)
  const numbers = isTest.flatMap((one, at) => (one && lines[at] !== '' ? [at + 1] : []))
  const [first, last] = expected.length === 2 ? expected : []
  const wanted = first === undefined ? expected : numbers.filter((one) => one >= first && one <= (last ?? 0))
  expect(numbers).toEqual(wanted)
  expect(numbers.slice(0, 1)).toEqual(expected.slice(0, 1))
  expect(numbers.slice(-1)).toEqual(expected.slice(-1))
})

const mended = (text: string) => text.replace('a - b', 'a + b')

test.each<[string, string, string, string]>([
  ['an assertion in Rust', rust, 'assert_eq!(add(1, 2), 3)', 'assert_eq!(add(1, 2), -1)'],
  ['a test that is ignored', rust, '    #[test]\n', '    #[test]\n    #[ignore]\n'],
  ['a module that is left out', rust, '#[cfg(test)]', '#[cfg(never)]'],
  ['an example in a comment', python, '    3\n', '    -1\n'],
  ['a function for pytest', python, '== 3', '== -1'],
  ['a test beside the code', vitest, 'toBe(3)', 'toBe(-1)'],
  ['a test that is skipped', vitest, "it('adds'", "it.skip('adds'"],
])('%s is put back, and the work stays', (_, text, old, now) => {
  const weakened = text.replace(old, now)
  expect(withFormerTests(text, weakened)).toEqual({ text, isApart: true })
  expect(withFormerTests(text, mended(weakened))).toEqual({ text: mended(text), isApart: true })
})

test('work beside the tests changes none of them', () => {
  for (const text of [rust, python, vitest, shell]) expect(withFormerTests(text, mended(text))).toBeUndefined()
})

test('tests that changed together with what is beside them are known, and not told apart', () => {
  const text = 'run(1)\ntest("a", () => ok(1))\n'
  expect(withFormerTests(text, 'run(2)\ntest("a", () => ok(2))\n')).toMatchObject({ isApart: false })
})
