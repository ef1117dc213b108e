import { describe, expect, test } from 'vitest'
import { asLocal, knowsLocal } from '../../../src/engines/ollama/local-name.ts'
import { isCloudName } from '../../../src/engines/locality.ts'

describe('a name of the cloud', () => {
  test.each([
    'glm-4.7:cloud',
    'gpt-oss:20b:cloud',
    'gpt-oss:120b-cloud',
    'GPT-OSS:120B-Cloud',
    'x:CLOUD',
    'x: cloud ',
    'me/x:cloud',
    'registry.example.com:5000/me/x:cloud',
    'x:cloud:local',
    'x:8b-cloud:LOCAL',
    'x:local:cloud',
  ])('%s', (name) => {
    expect(isCloudName(name)).toBe(true)
  })

  test.each([
    'qwen3',
    'qwen3:8b',
    'cloud',
    'my-cloud',
    'x:cloudy',
    'x:cloud-8b',
    'cloud:8b',
    'registry:5000/x-cloud',
    'x:local',
    '',
  ])('but not %s', (name) => {
    expect(isCloudName(name)).toBe(false)
  })
})

describe('what stays here', () => {
  test.each([
    ['qwen3', 'qwen3:local'],
    ['qwen3:8b', 'qwen3:8b:local'],
    ['hf.co/me/x-GGUF:Q4_K_M', 'hf.co/me/x-GGUF:Q4_K_M:local'],
    ['registry:5000/x', 'registry:5000/x:local'],
    ['qwen3:8b:local', 'qwen3:8b:local'],
    ['qwen3:LOCAL', 'qwen3:local'],
  ])('%s is sent as %s', (name, sent) => {
    expect(asLocal(name)).toBe(sent)
  })

  test.each([
    ['0.17.6', true],
    ['0.17.7', true],
    ['0.18.0', true],
    ['0.33.0-rc2', true],
    ['1.0.0', true],
    ['0.17.5', false],
    ['0.9.9', false],
    ['0.0.0', 'unknown'],
    ['', 'unknown'],
    ['dev', 'unknown'],
  ])('server %s: %s', (version, knows) => {
    expect(knowsLocal(version)).toBe(knows)
  })
})
