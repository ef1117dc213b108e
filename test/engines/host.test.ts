import { networkInterfaces } from 'node:os'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LocalBrainError } from '../../src/errors.ts'
import { parseHost } from '../../src/engines/host.ts'

// The first rows are the table of Ollama's own test (envconfig/config_test.go, TestHost), made connectable.
const forms: [string | undefined, string, boolean][] = [
  [undefined, 'http://127.0.0.1:11434', true],
  ['', 'http://127.0.0.1:11434', true],
  ['1.2.3.4', 'http://1.2.3.4:11434', false],
  [':1234', 'http://127.0.0.1:1234', true],
  ['1.2.3.4:1234', 'http://1.2.3.4:1234', false],
  ['example.com', 'http://example.com:11434', false],
  ['example.com:1234', 'http://example.com:1234', false],
  [':0', 'http://127.0.0.1:0', true],
  [':66000', 'http://127.0.0.1:11434', true],
  [':-1', 'http://127.0.0.1:11434', true],
  ['localhost:', 'http://localhost:11434', true],
  ['[::1]', 'http://[::1]:11434', true],
  ['[::]', 'http://[::1]:11434', true],
  ['::', 'http://[::1]:11434', true],
  ['0:0:0:0:0:0:0:0', 'http://[::1]:11434', true],
  ['::1', 'http://[::1]:11434', true],
  ['[::1]:1337', 'http://[::1]:1337', true],
  [' 1.2.3.4 ', 'http://1.2.3.4:11434', false],
  ['"1.2.3.4"', 'http://1.2.3.4:11434', false],
  ['" 1.2.3.4 "', 'http://1.2.3.4:11434', false],
  ["'1.2.3.4'", 'http://1.2.3.4:11434', false],
  ['http://1.2.3.4', 'http://1.2.3.4:80', false],
  ['http://1.2.3.4:4321', 'http://1.2.3.4:4321', false],
  ['https://1.2.3.4', 'https://1.2.3.4:443', false],
  ['HTTPS://Example.com', 'https://example.com:443', false],
  ['https://example.com/ollama', 'https://example.com:443/ollama', false],
  ['https://example.com:4433/a/b/', 'https://example.com:4433/a/b', false],
  ['ollama.com', 'https://ollama.com:443', false],
  ['http://', 'http://127.0.0.1:80', true],
  ['0.0.0.0', 'http://127.0.0.1:11434', true],
  ['0.0.0.0:8080', 'http://127.0.0.1:8080', true],
  ['http://0.0.0.0:11434', 'http://127.0.0.1:11434', true],
  ['localhost', 'http://localhost:11434', true],
  ['LOCALHOST:11434', 'http://localhost:11434', true],
  ['127.0.0.2', 'http://127.0.0.2:11434', true],
  ['2130706433', 'http://127.0.0.1:11434', true],
  ['::ffff:127.0.0.1', 'http://[::ffff:7f00:1]:11434', true],
  ['::ffff:8.8.8.8', 'http://[::ffff:808:808]:11434', false],
  ['2001:db8::1', 'http://[2001:db8::1]:11434', false],
  ['my.localhost', 'http://my.localhost:11434', false],
  ['localhost.example.com', 'http://localhost.example.com:11434', false],
  ['127.0.0.1.example.com', 'http://127.0.0.1.example.com:11434', false],
  ['host.docker.internal', 'http://host.docker.internal:11434', false],
]

test.each(forms)('%j is called at %s (this machine: %s)', (text, url, isThisMachine) => {
  expect(parseHost(text)).toEqual({ url, isThisMachine })
})

test('an address of one of this machine’s own interfaces is this machine', () => {
  const own = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ address }) => !address.startsWith('fe80'))
  for (const { address } of own) expect(parseHost(address).isThisMachine).toBe(true)
})

describe('what cannot be called is refused with something to type', () => {
  test.each([
    'http://user:secret@example.com',
    'user@127.0.0.1',
    'unix:///var/run/ollama.sock',
    'unix:/var/run/ollama.sock',
    '/var/run/ollama.sock',
    'ftp://127.0.0.1',
    'a:b:c',
    'fe80::1%eth0',
    'exa mple.com',
    'http://example.com/?key=1',
    'http://example.com/#x',
  ])('%j', (text) => {
    const refusal = refusalOf(text)
    expect(refusal.code).toBe('usage')
    expect(refusal.hint).toBe('--host http://127.0.0.1:11434')
    expect(refusal.message).not.toContain('secret')
  })
})

test('any text gives an http address or a usage error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.ipV4(), fc.ipV6()), (text) => {
      expect(outcomeOf(text)).toMatch(/^(?:https?:|usage$)/)
    }),
  )
})

function outcomeOf(text: string): string {
  try {
    return new URL(parseHost(text).url).protocol
  } catch (error) {
    return error instanceof LocalBrainError ? error.code : String(error)
  }
}

function refusalOf(text: string): LocalBrainError {
  try {
    parseHost(text)
  } catch (error) {
    if (error instanceof LocalBrainError) return error
  }
  throw new Error(`${text} was not refused`)
}
