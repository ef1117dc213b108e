import { describe, expect, test } from 'vitest'
import { createSuppression } from '../../../src/tasks/findings/suppress.ts'
import { fileUnit, finding, hunkUnit } from './unit.ts'

const at = (line: number, change = {}) => finding({ startLine: line, endLine: line, ...change })

const hides = (text: string, line: number, change = {}) =>
  createSuppression([fileUnit(text)], new Set()).hides(at(line, change))

describe('a comment hides a finding', () => {
  test.each([
    ['on its line', 'return a // local-brain-ignore[bug/null-path]: a is checked by the caller', 1],
    ['on the line above', '// local-brain-ignore[bug/null-path]: checked\nreturn a', 2],
    ['by the short name of its rule', '// local-brain-ignore[null-path]: checked\nreturn a', 2],
    ['by its category', '// local-brain-ignore[bug]: checked\nreturn a', 2],
    ['as one of several', '// local-brain-ignore[security, null-path]: checked\nreturn a', 2],
    ['whatever its rule, without brackets', '# local-brain-ignore: checked\nreturn a', 2],
    ['in another comment syntax', '<!-- local-brain-ignore[bug]: checked -->\nreturn a', 2],
  ])('%s', (_, text, line) => {
    expect(hides(text, line)).toBe(true)
  })
})

describe('a comment does not hide a finding', () => {
  test.each([
    ['of another rule', '// local-brain-ignore[bug/off-by-one]: checked\nreturn a', 2],
    ['two lines below', '// local-brain-ignore[bug]: checked\n\nreturn a', 3],
    ['above it', 'return a\n// local-brain-ignore[bug]: checked', 1],
    ['without brackets that close', '// local-brain-ignore[bug: checked\nreturn a', 2],
  ])('%s', (_, text, line) => {
    expect(hides(text, line)).toBe(false)
  })

  test('when it was removed by the change', () => {
    const unit = hunkUnit('-// local-brain-ignore: checked\n+return a')
    expect(createSuppression([unit], new Set()).hides(at(1))).toBe(false)
  })

  test('in another file', () => {
    const unit = fileUnit('// local-brain-ignore: checked\nreturn a', 'src/b.ts')
    expect(createSuppression([unit], new Set()).hides(at(2))).toBe(false)
  })
})

test.each([
  ['// local-brain-ignore[bug]'],
  ['// local-brain-ignore[bug]:'],
  ['/* local-brain-ignore[bug]: */'],
  ['// local-brain-ignore'],
])('%s has no reason: it hides nothing, and a warning names the place', (comment) => {
  const { hides: hidden, warnings } = createSuppression([fileUnit(`${comment}\nreturn a`)], new Set())
  expect(hidden(at(2))).toBe(false)
  expect(warnings).toEqual([expect.stringContaining('src/a.ts:1: a comment to ignore a finding needs a reason')])
})

test('the baseline hides a finding by its id', () => {
  const { hides: hidden } = createSuppression([], new Set(['accepted']))
  expect([hidden(at(1, { id: 'accepted' })), hidden(at(1))]).toEqual([true, false])
})

test('neither a comment nor the baseline hides a key', () => {
  const unit = fileUnit('// local-brain-ignore: it is only a test\nconst key = 1')
  const leaked = at(2, { id: 'accepted', rule: 'security/private-key', category: 'security' })
  expect(createSuppression([unit], new Set(['accepted'])).hides(leaked)).toBe(false)
})
