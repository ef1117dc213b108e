import { expect, test } from 'vitest'
import { changedTests } from '../../../src/app/work/tests-changed.ts'

const changed = (
  path: string,
  { targets = [] as string[], kind = 'modify' as const, commands = '', sensitive = false } = {},
) =>
  changedTests(
    { tree: '', patch: '', changes: [{ path, kind, added: 1, removed: 0, sensitive }] },
    { targets },
    commands,
  ).length === 1

test.each([
  'cart.test.js',
  'src/cart.spec.ts',
  'cart_test.go',
  'test_cart.py',
  'tests/cart.rs',
  'src/__tests__/a.js',
  'test.sh',
  'CartTest.java',
  'CartSpec.scala',
  'cart-test.js',
  'spec/cart.rb',
  'conftest.py',
  'vitest.config.ts',
  'Makefile',
])('%s says whether the work is done', (path) => {
  expect(changed(path)).toBe(true)
})

test.each([
  'cart.js',
  'src/spec.ts',
  'src/latest.js',
  'contest.py',
  'src/testing.md',
  'attestation.go',
  'lib/inspect/a.js',
  'package.json',
])('%s is work', (path) => {
  expect(changed(path)).toBe(false)
})

test('a shell script that a check runs counts, and so do the scripts of a package', () => {
  expect(changed('ci/verify.sh', { commands: 'bash ci/verify.sh && echo ok' })).toBe(true)
  expect(changed('verify', { commands: './verify --all' })).toBe(true)
  expect(changed('main.js', { commands: 'node main.js' })).toBe(false)
  expect(changed('package.json', { sensitive: true })).toBe(true)
})

test('a test that the task names as one of its files is the work', () => {
  expect(changed('cart.test.js', { targets: ['cart.test.js'] })).toBe(false)
  expect(changed('test/a.js', { targets: ['test/**'] })).toBe(false)
  expect(changed('cart.test.js', { targets: ['cart.js'] })).toBe(true)
})
