import { expect, test } from 'vitest'
import { expectLinear, repeated } from './growth.ts'

/** Work that takes as many steps as it is told. */
function spin(steps: number): number {
  let sum = 0
  for (let step = 0; step < steps; step++) sum = (sum * 31 + step) % 1_000_003
  return sum
}

test.each<[string, (size: number) => number]>([
  ['in proportion', (size) => spin(size * 300)],
  ['a little more', (size) => spin(size * Math.log2(size) * 20)],
  ['by nothing', () => spin(10_000_000)],
  ['by a step', (size) => spin(size * 300 + (size > 30_000 ? 4_000_000 : 0))],
])('time may grow with the size: %s', async (_, steps) => {
  await expectLinear((size) => size, steps, { upTo: 50_000 })
})

test.each<[string, (size: number) => unknown]>([
  ['with the square of it', (size) => spin(size ** 2)],
  ['with the square of it, in a task', async (size) => spin(size ** 2)],
  ['exponentially', (size) => spin(2 ** size)],
])('time may not grow much faster than the size: %s', async (_, run) => {
  await expect(expectLinear((size) => size, run, { upTo: 50_000 })).rejects.toThrow(
    /^superlinear: a size of [\d,]+ takes [\d.]+ ms, [\d,]+ takes [\d.]+ ms: /,
  )
})

test('an expression that backtracks is caught on the text that makes it', async () => {
  const read = (text: string) => /(a|b|ab)*c/.test(text)
  await expect(expectLinear(repeated('ab'), read, { upTo: 100_000 })).rejects.toThrow('superlinear')
  await expectLinear(repeated('ab'), (text) => /c/.test(text), { upTo: 1_000_000 })
})

test('a text is as long as it was asked for, whatever it is made of', () => {
  expect(repeated('<a>')(7)).toBe('<a><a><')
  expect(repeated('<a>')(1)).toBe('<')
})
