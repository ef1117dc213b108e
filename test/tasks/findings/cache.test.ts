import { readdirSync, utimesSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ReviewKey, createReviewCache, reviewKey } from '../../../src/tasks/findings/cache.ts'
import { noneDropped } from '../../../src/tasks/findings/dropped.ts'
import { createFolder } from '../../workspace.ts'
import { fileUnit, finding } from './unit.ts'

const review = { findings: [finding()], dropped: noneDropped() }

const key: ReviewKey = {
  units: [fileUnit('const a = 1')],
  messages: [{ role: 'user', content: 'look' }],
  skill: 'abc',
  verify: true,
  options: { temperature: 0.1, seed: 1 },
  model: { name: 'm', id: 'sha256:1' },
}

test('a review is remembered under its key', async () => {
  const folder = createFolder()
  await createReviewCache(folder).save('key', review)
  expect(await createReviewCache(folder).load('key')).toEqual(review)
  expect(await createReviewCache(folder).load('other')).toBeUndefined()
})

test('without reuse everything is asked again, and remembered for the next time', async () => {
  const folder = createFolder()
  const forgetful = createReviewCache(folder, { reuse: false })
  await forgetful.save('key', review)
  expect(await forgetful.load('key')).toBeUndefined()
  expect(await createReviewCache(folder).load('key')).toEqual(review)
})

test.each([
  ['no JSON', '{'],
  ['another shape', '{"findings":[{"id":1}],"dropped":{}}'],
])('a file with %s is a review that was never made', async (_, text) => {
  const folder = createFolder({ 'reviews/key.json': text })
  expect(await createReviewCache(folder).load('key')).toBeUndefined()
})

test('only so many are kept, and the oldest go', async () => {
  const folder = createFolder()
  mkdirSync(join(folder, 'reviews'))
  for (let index = 0; index < 1001; index += 1) {
    const file = join(folder, 'reviews', `${index}.json`)
    writeFileSync(file, '{}')
    utimesSync(file, 1000 + index, 1000 + index)
  }
  await createReviewCache(folder).save('newest', review)
  const left = readdirSync(join(folder, 'reviews'))
  expect(left).toHaveLength(800)
  expect(left).toContain('newest.json')
  expect(left).toContain('1000.json')
  expect(left).not.toContain('0.json')
})

describe('another key', () => {
  test.each<[string, Partial<ReviewKey>]>([
    ['for another text', { units: [fileUnit('const a = 2')] }],
    ['for another path', { units: [fileUnit('const a = 1', 'src/b.ts')] }],
    ['for another place', { units: [{ ...fileUnit('const a = 1'), startLine: 9 }] }],
    ['for another message', { messages: [{ role: 'user', content: 'look again' }] }],
    ['for a changed skill', { skill: 'abd' }],
    ['without a second look', { verify: false }],
    ['for another option', { options: { temperature: 0.2, seed: 1 } }],
    ['for another model', { model: { name: 'n', id: 'sha256:1' } }],
    ['for another build of the model', { model: { name: 'm', id: 'sha256:2' } }],
  ])('%s', (_, change) => {
    expect(reviewKey({ ...key, ...change })).not.toBe(reviewKey(key))
  })

  test('but not for the order of options', () => {
    expect(reviewKey({ ...key, options: { seed: 1, temperature: 0.1 } })).toBe(reviewKey(key))
  })
})
