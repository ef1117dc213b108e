import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redactSecrets } from '../../src/findings/secrets.ts'

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
