import { describe, test } from 'vitest'
import { createLeakFilter, splitLeaks } from '../../../src/engines/dialect/leaks.ts'
import { expectLinear, repeated } from '../../growth.ts'

/** As long as a reply may become before it is cut. */
const upTo = 250_000

const marks = ['<think>', '</think>', '<', '<|', '[', '◁', '<answer>', '</s>', '<|im_start|>', '<|channel|>'].concat(
  ['<|channel>thought ', '<analysis>', '`', '```\n', '~', '{"', '\\"', '> <', 'x </think> y ', '<think> a ', ' ', '\n'],
  [`<${'a'.repeat(79)}`, `${'`'.repeat(63)} `],
)

describe('what is no part of an answer is taken out in time that grows with the text alone', () => {
  test.each(marks)('%j', async (mark) => {
    await expectLinear(repeated(mark), (text) => splitLeaks(text), { upTo })
    await expectLinear(repeated(mark), (text) => splitLeaks(text, { isJson: true }), { upTo })
    await expectLinear(repeated(mark), oneByOne, { upTo: upTo / 10 })
  })
})

function oneByOne(text: string): void {
  const filter = createLeakFilter()
  for (const character of text) filter.push(character)
  filter.end()
}
