import { expect, test } from 'vitest'
import { nearest, suggestion } from '../../src/text/nearest.ts'

test.each([
  ['git_dif', ['git_status', 'git_diff'], 'git_diff'],
  ['promt', ['name', 'user_prompt_template', 'system_prompt'], 'user_prompt_template'],
  ['codee', ['code', 'ticket'], 'code'],
  ['Code-Review', ['ask', 'code-review'], 'code-review'],
  ['elephant', ['ask', 'explain'], undefined],
  ['', ['ask'], undefined],
])('nearest(%j, %j) is %j', (name, known, expected) => {
  expect(nearest(name, known)).toBe(expected)
})

test('a name that is near nothing is answered with all there is', () => {
  expect(suggestion('elephant', ['ask', 'explain'])).toBe('one of: ask, explain')
})
