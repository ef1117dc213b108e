import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { calibrate, estimateTokens, firstCharsPerToken } from '../../src/core/estimate.ts'
import type { Message, ToolSpec } from '../../src/core/model.ts'

const user = (content: string): Message => ({ role: 'user', content })
const tool: ToolSpec = {
  name: 'read_file',
  description: 'x'.repeat(250),
  parameters: { type: 'object', properties: {} },
}
const request = (messages: Message[], tools: ToolSpec[] = []) => ({ messages, tools, maxTokens: 100 })

describe('a request is counted', () => {
  test('by its text', () => {
    expect(estimateTokens([user('x'.repeat(3000))], [], 3)).toBe(1008)
    expect(estimateTokens([user('x'.repeat(4000))], [], 4)).toBe(1008)
  })

  test('with what tools, calls and thinking add', () => {
    const plain: Message[] = [{ role: 'assistant', content: '', toolCalls: [] }]
    const call = { id: 'call_1', name: 'read_file', arguments: { path: 'p'.repeat(300) }, recovered: false }
    expect(estimateTokens(plain, [tool], 3)).toBeGreaterThan(estimateTokens(plain, [], 3) + 100)
    expect(estimateTokens([{ role: 'assistant', content: '', toolCalls: [call] }], [], 3)).toBeGreaterThan(100)
    expect(estimateTokens([{ role: 'assistant', content: '', thinking: 't'.repeat(300), toolCalls: [] }], [], 3)).toBe(
      108,
    )
  })

  test('with a token or so for each character of Chinese', () => {
    expect(estimateTokens([user('漢'.repeat(1000))], [], firstCharsPerToken)).toBeGreaterThanOrEqual(1000)
  })

  test('never as less than a part of it', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (texts, more) => {
        const messages = texts.map(user)
        expect(estimateTokens([...messages, user(more)], [], 3)).toBeGreaterThan(estimateTokens(messages, [], 3))
      }),
    )
  })
})

describe('the ratio', () => {
  const text = user('x'.repeat(9000))

  test('drops at once when the server counts more than was thought', () => {
    const ratio = calibrate(3, request([text]), 4508)
    expect(ratio).toBe(2)
    expect(estimateTokens([text], [], ratio)).toBe(4508)
  })

  test('rises slowly when the server counts less', () => {
    const ratio = calibrate(3, request([text]), 2258)
    expect(ratio).toBe(3.25)
  })

  test('comes close to the truth within a few replies, tools and all', () => {
    let ratio = firstCharsPerToken
    const promptTokens = estimateTokens([text], [tool], 4.2)
    for (let reply = 0; reply < 12; reply += 1) ratio = calibrate(ratio, request([text], [tool]), promptTokens)
    expect(ratio).toBeGreaterThan(4)
    expect(estimateTokens([text], [tool], ratio)).toBeGreaterThanOrEqual(promptTokens)
  })

  test('learns nothing from a prompt of a few words', () => {
    expect(calibrate(3, request([user('hello')]), 40)).toBe(3)
  })

  test('stays plausible whatever the server says', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 6, noNaN: true }),
        fc.nat(10_000_000),
        fc.string(),
        (ratio, tokens, content) => {
          const next = calibrate(ratio, request([user(content)]), tokens)
          expect(next).toBeGreaterThanOrEqual(1)
          expect(next).toBeLessThanOrEqual(6)
        },
      ),
    )
  })
})
