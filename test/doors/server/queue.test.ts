import { expect, test } from 'vitest'
import { createQueue } from '../../../src/doors/server/queue.ts'

test('whoever leaves the line loses the place, and the others keep their order', async () => {
  const queue = createQueue({ parallel: 1, waiting: 3 })
  const never = new AbortController().signal
  const leave = new AbortController()
  const order: string[] = []
  const done = await queue.enter(never)
  const enter = async (name: string, signal = never) => {
    const out = await queue.enter(signal)
    order.push(name)
    return out
  }
  const second = enter('second', leave.signal)
  const third = enter('third')
  const fourth = enter('fourth')
  await expect(queue.enter(never)).rejects.toMatchObject({ kind: 'queue-full' })
  leave.abort(new Error('gone'))
  await expect(second).rejects.toThrow('gone')
  done()
  // Leaving twice lets nobody else in.
  done()
  const next = await third
  expect(order).toEqual(['third'])
  next()
  ;(await fourth)()
  expect(order).toEqual(['third', 'fourth'])
  ;(await queue.enter(never))()
})

test('several may be inside at a time', async () => {
  const queue = createQueue({ parallel: 2, waiting: 0 })
  const never = new AbortController().signal
  const [one, two] = [await queue.enter(never), await queue.enter(never)]
  await expect(queue.enter(never)).rejects.toMatchObject({ kind: 'queue-full' })
  one()
  const three = await queue.enter(never)
  two()
  three()
})
