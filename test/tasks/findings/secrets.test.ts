import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactSecrets } from '../../../src/tasks/findings/secrets.ts'
import { expectLinear, repeated } from '../../growth.ts'

// In pieces, so that no scanner takes the test for a leak.
const token = ['glpat-', 'Ab3dEf6hIj9lMn2pQr5t'].join('')
const header = ['-----BEGIN OPENSSH ', 'PRIVATE KEY-----'].join('')

test.each([
  ['a token', `a = "${token}"`, 'a = "glpa[redacted]5t"'],
  ['two on a line', `${token} ${token}`, 'glpa[redacted]5t glpa[redacted]5t'],
  ['a password in a URL', 'amqp://me:v3ry-l0ng@mq.internal', 'amqp://me:[redacted]@mq.internal'],
  ['a key over several lines', `${header}\nb3BlbnNzaC1rZXktdjEA\nAAAA\n-----END X`, `${header}[redacted]-----END X`],
  ['a key without its end', `${header}\nb3BlbnNzaC1rZXktdjEA`, `${header}[redacted]`],
  ['a header alone', `has('${header}')`, `has('${header}')`],
  ['ordinary text', 'const a = 1', 'const a = 1'],
])('%s', (_, text, expected) => {
  expect(redactSecrets(text)).toBe(expected)
})

test('wherever it stands, a token does not survive, and once is enough', () => {
  const around = fc.string({ maxLength: 40 }).map((text) => `${text} `)
  fc.assert(
    fc.property(around, around, (before, after) => {
      const once = redactSecrets(`${before}${token} ${after}`)
      expect(once).not.toContain(token)
      expect(redactSecrets(once)).toBe(once)
    }),
  )
})

test('a line of nothing but secrets costs no more than its length', () => {
  const line = 'xoxb-'.repeat(200_000)
  expect(redactSecrets(line).length).toBeLessThan(line.length / 2)
})

// In pieces, as above. One of each kind that is known.
test.each([
  ['ASIA', 'QWERTYUIOPASDFGH'],
  ['gho_', 'a1B2c3D4e5F6'.repeat(3)],
  ['github_pat_', 'a1B2c3D4e5F6'.repeat(6)],
  ['xoxb-', '123456789012-abcdef'],
  ['AIza', 'SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q'],
  ['GOCSPX-', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4'],
  ['ya29.', 'a0AfH6SMBx1y2z3a4b5c6'],
  ['sk_live_', 'a1B2c3D4e5F6g7H8'],
  ['rk_live_', 'a1B2c3D4e5F6g7H8'],
  ['sk-ant-', 'api03-a1B2c3D4e5F6g7H8i9'],
  ['sk-', 'a1B2c3D4e5F6'.repeat(4)],
  ['npm_', 'a1B2c3D4e5F6'.repeat(3)],
  ['pypi-', `AgEI${'a1B2c3D4e5F6'.repeat(5)}`],
  ['hf_', 'a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4'],
  ['dop_v1_', 'a1b2c3d4'.repeat(8)],
  ['SG.', `a1B2c3D4e5F6g7H8i9J0k1.${'a1B2c3D4e5F6'.repeat(3)}g7H8i9J`],
])('%s is known', (start, rest) => {
  expect(redactSecrets(`key: "${start}${rest}"`)).toBe(
    `key: "${start.concat(rest).slice(0, 4)}[redacted]${rest.slice(-2)}"`,
  )
})

describe('text that looks like a secret again and again is searched in time that grows with its length', () => {
  test.each([
    '-eyJ',
    'eyJhbGciOiJIUzI1NiJ9.eyJ',
    'eyJhbGciOiJIUzI1NiJ9.',
    '.',
    'ghp_',
    'glpat-',
    'sk-ant-api03-',
    'a://b:cccccccc',
    'https://',
    'abcdefghijklmnopqrstuvwxyz+',
    '-----BEGIN RSA PRIVATE KEY-----',
    '-----BEGIN A ',
  ])('%s', async (piece) => {
    await expectLinear(repeated(piece), redactSecrets, { upTo: 400_000 })
  })
})
