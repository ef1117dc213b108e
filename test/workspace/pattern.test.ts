import { describe, expect, test } from 'vitest'
import { checkPattern } from '../../src/workspace/pattern.ts'

describe('a pattern', () => {
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
    ['{1..100000}', 'is too complicated'],
    ['{a,b}{a,b}{a,b}', 'is too complicated'],
    ['*a*a*a*b', 'is too complicated'],
    ['**/a/**/a/**/a/**/a/**/b', 'is too complicated'],
    [`${'x'.repeat(501)}*`, 'is too complicated'],
  ])('%j is refused: it %s', (pattern, problem) => {
    expect(() => checkPattern(pattern)).toThrow(problem)
  })

  test.each([
    ['**/*.test.{ts,tsx}', '**/*.test.{ts,tsx}'],
    ['./src/**', 'src/**'],
    ['.github/**', '.github/**'],
    ['app/(group)/[a-z]?.ts', 'app/\\(group\\)/[a-z]?.ts'],
    ['..hidden/*', '..hidden/*'],
    ['app/[...slug]/*', 'app/[...slug]/*'],
  ])('%j is one', (pattern, checked) => {
    expect(checkPattern(pattern)).toBe(checked)
  })
})
