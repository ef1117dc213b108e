import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor, redactSecrets } from '../../src/text/redact.ts'
import { expectLinear, repeated } from '../growth.ts'

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
  [
    'a key in numbered lines',
    `${header}\n 12 | b3BlbnNzaC1rZXktdjEA\n 13 | AA\n so`,
    `${header}[redacted]\n 13 | AA\n so`,
  ],
  ['a header in prose', `\`${header}\` is internationalized.`, `\`${header}\` is internationalized.`],
  ['a name with a token', `use_${token}.txt`, 'use_glpa[redacted]5t.txt'],
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

test('a text that comes in pieces, however it is cut, is redacted as the whole is', () => {
  const body = 'b3BlbnNzaC1rZXktdjEA/Wb+0qWx'
  const parts = [token, 'amqp://me:v3ry-l0ng@mq.internal', 'https://a.b/c', `${header}\n${body}\n${body}\n-----END X`]
  const words = fc.constantFrom(
    ...parts,
    header,
    'is',
    'a',
    '日本語',
    'eyJ',
    'AKIA',
    '`',
    '(',
    ')',
    ', ',
    '.',
    '\n',
    '://',
    '@',
    '-',
  )
  const texts = fc.array(fc.tuple(words, fc.constantFrom(' ', '\n', ' ')), { maxLength: 12 })
  fc.assert(
    fc.property(texts, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }), (all, sizes) => {
      const text = all.flat().join('')
      const redactor = createRedactor()
      const shown: string[] = []
      for (let [at, turn] = [0, 0]; at < text.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1
        shown.push(redactor.push(text.slice(at, at + size)))
        at += size
      }
      expect(shown.join('') + redactor.end()).toBe(redactSecrets(text))
    }),
    { numRuns: 1000 },
  )
})

test('what can be no part of a secret is shown at once', () => {
  const redactor = createRedactor()
  const pieces = ['The ', 'answer', ' is ', '答え', 'は', ': ', '42', '.', '\n', 'see https', '://a.b ', 'end']
  const shown = ['The ', '', 'answer is ', '答え', 'は', ': ', '', '', '42.\n', 'see ', 'https://a.b ', '']
  expect(pieces.map((piece) => redactor.push(piece))).toEqual(shown)
  expect(redactor.end()).toBe('end')
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
