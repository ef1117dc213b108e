import { expect, test } from 'vitest'
import { createPace } from '../../../src/engines/chat/pace.ts'

const { signal } = new AbortController()
const soon = async () => new Promise((resolve) => setImmediate(resolve))

test('nothing waits until the server refuses', async () => {
  const pace = createPace()
  const turns = await Promise.all(Array.from({ length: 50 }, async () => pace.enter(signal)))
  expect(turns).toHaveLength(50)
})

test('each refusal halves what goes out at once, down to one, and answers raise it again', async () => {
  const pace = createPace()
  const leaves = await Promise.all(Array.from({ length: 16 }, async () => pace.enter(signal)))
  for (let refused = 0; refused < 6; refused += 1) pace.slowDown()
  let entered = 0
  const waiting = Array.from({ length: 4 }, async () => pace.enter(signal).then(() => (entered += 1)))
  for (const leave of leaves.slice(0, 15)) leave()
  await soon()
  expect(entered).toBe(0)
  leaves[15]?.()
  await soon()
  expect(entered).toBe(1)
  pace.goOn()
  await soon()
  expect(entered).toBe(2)
  pace.goOn()
  pace.goOn()
  await soon()
  expect(entered).toBe(3)
  pace.goOn()
  pace.goOn()
  pace.goOn()
  await Promise.all(waiting)
})

test('who waits for a turn is let go by an abort, and takes none', async () => {
  const pace = createPace()
  const leave = await pace.enter(signal)
  pace.slowDown()
  const controller = new AbortController()
  const given = pace.enter(controller.signal)
  controller.abort(new Error('enough'))
  await expect(given).rejects.toThrow('enough')
  leave()
  await pace.enter(signal)
})
