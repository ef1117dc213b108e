import { expect, test } from 'vitest'
import { reviewSeconds, secondsNeeded } from '../../src/app/needed-time.ts'
import type { Message, Speed } from '../../src/core/model.ts'
import { noUsage } from '../../src/core/usage.ts'
import type { JobResult } from '../../src/tasks/task.ts'
import { scriptedModel } from '../scripted-model.ts'

const messages: Message[] = [{ role: 'user', content: 'x'.repeat(3000) }]
const job = { units: [], messages: () => Promise.resolve(messages) }
const result = (ok: boolean): JobResult => ({
  job,
  ok,
  stop: ok ? 'answered' : 'time_limit',
  text: '',
  turns: 1,
  usage: noUsage,
  toolCalls: [],
  warnings: [],
})

/** Of a run that was to take 40 s: how many parts were done, cut and not begun. */
async function needed([done, cut, left]: [number, number, number], speed?: Speed, givesFindings = true) {
  const results = [
    ...Array.from({ length: done }, () => result(true)),
    ...Array.from({ length: cut }, () => result(false)),
  ]
  const worked = { results, left: Array.from({ length: left }, () => job) }
  const model = { ...scriptedModel([]), speed }
  return secondsNeeded(worked, { task: { givesFindings }, timeout: 40, model, ms: 40_000 })
}

test('the time that is needed comes from what was done in the time that there was', async () => {
  expect(await needed([2, 1, 1])).toBe(100)
  expect(await needed([4, 1, 15])).toBe(250)
})

test('and from the speed that is known of the model, where nothing was done', async () => {
  const slow = { read: 50, written: 10 }
  // 1,008 tokens read and 300 written; and of six in ten the same prompt again, and 200 written.
  expect(await needed([0, 1, 0], slow)).toBe(100)
  expect(await needed([0, 1, 3], slow)).toBe(380)
  expect(await needed([0, 1, 0], slow, false)).toBe(70)
})

test('nothing is said that nothing tells, or that was not enough', async () => {
  expect(await needed([0, 1, 3])).toBeUndefined()
  expect(await needed([0, 1, 0], { read: 5000, written: 500 })).toBeUndefined()
})

test('a review of 200 changed lines is several parts, with a second look at what was found', () => {
  expect(Math.round(reviewSeconds({ read: 100, written: 10 }))).toBe(592)
})
