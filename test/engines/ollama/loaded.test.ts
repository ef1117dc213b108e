import { describe, expect, test } from 'vitest'
import { findLoaded } from '../../../src/engines/ollama/loaded.ts'

const loaded = { name: 'm', digest: 'd', size: 10, sizeVram: 10, contextLength: 4096 }

describe('the runner of a model', () => {
  test('is found by its weights, whatever name it was loaded under', () => {
    const other = { ...loaded, name: 'copy' }
    expect(findLoaded([other], 'm', 'd')).toBe(other)
  })

  test('is found by name where the server gives no digest', () => {
    const runner = { ...loaded, digest: '' }
    expect(findLoaded([runner], 'm', '')).toBe(runner)
    expect(findLoaded([runner], 'other', '')).toBeUndefined()
  })
})
