import { expect, test } from 'vitest'
import { reply } from './scripted-ollama.ts'
import { chat, events } from './ask.ts'
import { serve } from './serve.ts'

const script = [reply.text('Grüße', ' aus', ' dem', ' Süden', ' 🙂')]

test('by default every line arrives in two writes, cut inside a character where it can be', async () => {
  const { chunks, text } = await chat(await serve({ script }))
  expect(chunks).toHaveLength(2 * text.trimEnd().split('\n').length)
  expect(chunks[0]?.toString('utf8')).toMatch(/Gr\ufffd$/)
  expect(text).toContain('Grüße')
})

test('joined writes hold several lines and the half of another', async () => {
  const { chunks, text } = await chat(await serve({ script, writes: 'joined' }))
  expect(chunks[0]?.toString('latin1').match(/\n/g)).toHaveLength(3)
  expect(chunks[0]?.at(-1)).not.toBe(10)
  expect(text.trimEnd().split('\n')).toHaveLength(6)
})

test('an unterminated stream has no newline at its end', async () => {
  const answer = await chat(await serve({ script, writes: 'unterminated' }))
  expect(answer.text).toMatch(/\}$/)
  expect(events(answer)).toHaveLength(6)
})

test('whole lines arrive one by one', async () => {
  const { chunks } = await chat(await serve({ script, writes: 'lines' }))
  expect(chunks.map((chunk) => chunk.at(-1))).toEqual(Array(6).fill(10))
})
