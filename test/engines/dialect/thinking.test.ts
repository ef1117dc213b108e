import { expect, test } from 'vitest'
import { thinkFor } from '../../../src/engines/dialect/thinking.ts'

const gptOss = { capabilities: ['completion', 'tools', 'thinking'], family: 'gptoss' }
const qwen = { capabilities: ['completion', 'tools', 'thinking'], family: 'qwen3' }
const llama = { capabilities: ['completion', 'tools'], family: 'llama' }

test.each([
  ['off when nothing is wished', { ...qwen, structured: false }, false],
  ['the wish, where the model can', { ...qwen, structured: false, wish: 'medium' as const }, 'medium'],
  ['off for a structured reply, whatever is wished', { ...qwen, structured: true, wish: true }, false],
  [
    'off for a model that cannot think, whatever is wished',
    { ...llama, structured: false, wish: 'high' as const },
    false,
  ],
  ['a low level for gpt-oss, which cannot switch it off', { ...gptOss, structured: false, wish: false }, 'low'],
  ['the wished level for gpt-oss', { ...gptOss, structured: false, wish: 'high' as const }, 'high'],
  ['low for a structured reply of gpt-oss', { ...gptOss, structured: true, wish: 'high' as const }, 'low'],
  ['a level for gpt-oss where thinking is just switched on', { ...gptOss, structured: false, wish: true }, 'medium'],
])('think is %s', (_, wish, think) => {
  expect(thinkFor(wish)).toBe(think)
})
