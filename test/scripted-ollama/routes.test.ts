import { expect, test } from 'vitest'
import { exchange } from './ask.ts'
import { serve } from './serve.ts'

test.each([
  ['GET', '/api/chat', 405, '405 method not allowed'],
  ['POST', '/api/tags', 405, '405 method not allowed'],
  ['GET', '/api/nope', 404, '404 page not found'],
])('%s %s is turned away as plain text', async (method, path, status, text) => {
  expect(await exchange(await serve(), { method, path })).toMatchObject({ status, text, type: 'text/plain' })
})

test.each<[Record<string, string>, number]>([
  [{ host: 'evil.example' }, 403],
  [{ host: '93.184.216.34' }, 403],
  [{ host: 'localhost:11434' }, 200],
  [{ host: 'box.local' }, 200],
  [{ host: '192.168.1.5:11434' }, 200],
  [{ origin: 'https://evil.example' }, 403],
  [{ origin: 'http://localhost:3000' }, 200],
])('a request with %j is answered with %i', async (headers, status) => {
  const answer = await exchange(await serve(), {
    method: 'GET',
    path: '/api/version',
    headers,
  })
  expect(answer.status).toBe(status)
  expect(answer.text === '').toBe(status === 403)
})
