import { expect, test } from 'vitest'
import { readAhead } from '../../src/tasks/ahead.ts'

async function* numbers(count: number, failure?: Error): AsyncGenerator<number, undefined> {
  for (let at = 0; at < count; at += 1) yield at
  if (failure) throw failure
}

test('nothing is read before somebody asks for it, and then no more than that', async () => {
  const ahead = readAhead(numbers(9))
  expect(ahead.taken).toEqual([])
  await ahead.have(2)
  expect([ahead.taken, ahead.isWhole()]).toEqual([[0, 1], false])
})

test('several workers and whoever reads on get each value once, in order', async () => {
  const ahead = readAhead(numbers(20))
  const got: number[] = []
  const worker = async () => {
    for (let next = await ahead.next(); next !== undefined; next = await ahead.next()) got.push(next.value)
  }
  await Promise.all([worker(), worker(), ahead.have(Number.POSITIVE_INFINITY), worker()])
  expect(got.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at))
  expect([ahead.taken, ahead.isWhole()]).toEqual([got, true])
})

test('a sequence that fails is not taken for one that has ended, whoever asks again', async () => {
  const ahead = readAhead(numbers(1, new Error('broken')))
  await expect(ahead.have(Number.POSITIVE_INFINITY)).rejects.toThrow('broken')
  expect(await ahead.next()).toEqual({ index: 0, value: 0 })
  await expect(ahead.next()).rejects.toThrow('broken')
  expect(ahead.isWhole()).toBe(false)
})
