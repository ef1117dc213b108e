import { expect, test } from 'vitest'
import { endingOf } from '../../../src/engines/chat/remedies.ts'

const call = { id: 'a', name: 'read_file', arguments: {} }
const numCtx = 100

test.each([
  ['a call', { calls: [call] }, 'tools'],
  ['a call beside text', { calls: [call], content: 'Let me look.' }, 'tools'],
  ['text', { content: 'fine' }, 'answer'],
  ['text after thinking', { content: 'fine', thinking: 'hm' }, 'answer'],
  ['text without a reason', { content: 'fine', doneReason: '' }, 'answer'],
  ['thinking only', { thinking: 'hm' }, 'thought-only'],
  ['thinking and blanks', { thinking: 'hm', content: ' \n' }, 'thought-only'],
  ['nothing', {}, 'swallowed'],
  ['text that ran into num_predict', { content: 'half an ans', doneReason: 'length' }, 'cut'],
  ['thinking that ran into num_predict', { thinking: 'hm', doneReason: 'length' }, 'thought-only'],
  [
    'text that filled the window',
    { content: 'half', doneReason: 'length', promptTokens: 60, outputTokens: 40 },
    'context-full',
  ],
])('%s is %s', (_, reply, ending) => {
  const { promptTokens = 10, outputTokens = 5, ...rest } = reply as { promptTokens?: number; outputTokens?: number }
  const usage = { promptTokens, outputTokens, loadMs: 0, promptMs: 0, outputMs: 0, modelCalls: 1 }
  expect(endingOf({ content: '', thinking: '', calls: [], doneReason: 'stop', usage, ...rest }, numCtx)).toBe(ending)
})
