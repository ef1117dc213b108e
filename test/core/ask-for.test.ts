import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { askFor } from '../../src/core/ask-for.ts'
import { type Line, scriptedModel } from '../scripted-model.ts'

const schema = z.object({ verdict: z.enum(['yes', 'no']), why: z.string() })
const good = '{"verdict":"yes","why":"it is so"}'

async function ask(lines: Line[]) {
  const model = scriptedModel(lines)
  const structured = await askFor(schema, [{ role: 'user', content: 'is it so?' }], {
    model,
    emit: () => undefined,
    signal: new AbortController().signal,
    maxTokens: 100,
  })
  return { ...structured, requests: model.requests }
}

test('the question carries the shape and no tools', async () => {
  const { value, requests } = await ask([good])
  expect(value).toEqual({ verdict: 'yes', why: 'it is so' })
  expect(requests[0]).toMatchObject({
    tools: [],
    format: { type: 'object', required: ['verdict', 'why'] },
  })
})

describe('what is nearly JSON is understood', () => {
  test.each([
    ['in a code fence', `\`\`\`json\n${good}\n\`\`\``],
    ['after a preamble', `Here is the verdict:\n${good}`],
    ['with a comma too many', '{"verdict":"yes","why":"it is so",}'],
    ['with single quotes', "{'verdict':'yes','why':'it is so'}"],
  ])('%s', async (_, text) => {
    const { value, requests } = await ask([text])
    expect(value).toEqual({ verdict: 'yes', why: 'it is so' })
    expect(requests).toHaveLength(1)
  })
})

describe('what is wrong is asked for once more, with the reason', () => {
  test.each([
    ['prose', 'It is so.', 'it is not JSON'],
    ['a wrong word', '{"verdict":"maybe","why":""}', 'verdict'],
    ['another shape', '{"thought":"hm"}', 'verdict'],
    ['nothing', '', 'it is not JSON'],
  ])('%s', async (_, text, reason) => {
    const { value, requests } = await ask([text, good])
    expect(value).not.toBeNull()
    expect(requests[1]?.messages.at(-1)?.content).toContain(reason)
    expect(requests[1]?.temperature).toBeGreaterThan(0)
  })
})

test('two wrong replies are the end: no value, and the reason', async () => {
  expect(await ask(['no', 'still no'])).toMatchObject({ value: null, problem: 'it is not JSON' })
})

test('a cut reply is never taken for a whole one', async () => {
  const cut: Line = { outcome: 'cut', message: { role: 'assistant', content: good, toolCalls: [] } }
  expect(await ask([cut, cut])).toMatchObject({ value: null, problem: 'the reply was too long and was cut' })
})
