import { expect, test } from 'vitest'
import { nearest, slipOf, suggestion } from '../../src/text/nearest.ts'

test.each([
  ['git_dif', ['git_status', 'git_diff'], 'git_diff'],
  ['promt', ['name', 'user_prompt_template', 'system_prompt'], 'user_prompt_template'],
  ['codee', ['code', 'ticket'], 'code'],
  ['Code-Review', ['ask', 'code-review'], 'code-review'],
  ['elephant', ['ask', 'explain'], undefined],
  ['aks', ['ask', 'explain'], 'ask'],
  ['', ['ask'], undefined],
])('nearest(%j, %j) is %j', (name, known, expected) => {
  expect(nearest(name, known)).toBe(expected)
})

test('a name that is near nothing is answered with all there is', () => {
  expect(suggestion('elephant', ['ask', 'explain'])).toBe('one of: ask, explain')
})

test.each([
  ['skils', ['skills', 'models'], 'skills'],
  ['modles', ['skills', 'models'], 'models'],
  ['code-reveiw', ['code-review', 'explain'], 'code-review'],
  ['hello', ['help', 'hook'], undefined],
  ['hi', ['hit'], undefined],
  ['bogus', ['focus'], undefined],
  ['', ['ask'], undefined],
])('slipOf(%j, %j) is %j', (word, known, expected) => {
  expect(slipOf(word, known)).toBe(expected)
})
