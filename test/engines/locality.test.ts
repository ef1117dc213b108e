import { describe, expect, test } from 'vitest'
import { parseHost } from '../../src/engines/host.ts'
import { assertLocalModel, assertOwnMachine } from '../../src/engines/locality.ts'

describe('what would leave the machine is refused, and says where it would go', () => {
  const remote = parseHost('https://ollama.example.com')

  test('another host', () => {
    expect(() => assertOwnMachine(remote, false)).toThrow(
      expect.objectContaining({
        code: 'remote-refused',
        message: 'https://ollama.example.com:443 is not this machine, so the prompt would leave it',
        hint: expect.stringContaining('--allow-remote'),
      }),
    )
  })

  test('a stub under a harmless name', () => {
    expect(() =>
      assertLocalModel({ name: 'mine', isLocal: false, remoteHost: 'https://ollama.com:443' }, false),
    ).toThrow(
      expect.objectContaining({
        code: 'remote-refused',
        message: expect.stringContaining('at https://ollama.com:443'),
      }),
    )
  })

  test('unless it was allowed', () => {
    expect(() => {
      assertOwnMachine(remote, true)
      assertLocalModel({ name: 'mine', isLocal: false }, true)
    }).not.toThrow()
  })
})
