import { expect, test } from 'vitest'
import { errorOf, events, exchange, getJson } from './ask.ts'
import { serve } from './serve.ts'

test('a pull shows its progress, and the model is there', async () => {
  const server = await serve({ pullable: [{ name: 'new:1b', size: 100 }] })
  const progress = events(await exchange(server, { path: '/api/pull', body: { model: 'new:1b' } }))
  expect(progress.map(({ status }) => status)).toEqual([
    'pulling manifest',
    ...Array(3).fill(expect.stringMatching(/^pulling [0-9a-f]{12}$/)),
    'verifying sha256 digest',
    'writing manifest',
    'success',
  ])
  expect(progress.slice(1, 4).map(({ completed }) => completed)).toEqual([undefined, 50, 100])
  expect(await getJson(server, '/api/tags')).toMatchObject({ models: [{}, { name: 'new:1b', size: 100 }] })
})

test('the pull of a model that does not exist fails after its first line', async () => {
  const server = await serve()
  const answer = await exchange(server, { path: '/api/pull', body: { model: 'nosuch' } })
  expect(answer.status).toBe(200)
  expect(events(answer)).toEqual([
    { status: 'pulling manifest' },
    { error: 'pull model manifest: file does not exist' },
  ])
  const whole = await exchange(server, { path: '/api/pull', body: { model: 'nosuch', stream: false } })
  expect(errorOf(whole)).toEqual([500, 'pull model manifest: file does not exist'])
})
