import fc from 'fast-check'
import { describe, test } from 'vitest'
import { expectLinear, repeated } from '../growth.ts'
import { patient, pieces, readers } from './readers.ts'

/** Each piece in one of the three places, where there is no time for all: they take four minutes. */
const isShort = process.env['TORTURE_SECONDS'] !== undefined

describe.each(Object.entries(readers))('the time for %s grows as its length does', (_, read) => {
  const run = patient(read)
  test.each([
    ['at its beginning', '', '', 0],
    ['behind something else', 'a', '', 1],
    ['between signs', "'a", '[', 2],
  ])('%s', { timeout: 120_000 }, async (__, before, after, turn) => {
    for (const [at, piece] of pieces.entries()) {
      if (isShort && at % 3 !== turn) continue
      await expectLinear((size) => before + repeated(piece)(size) + after, run, { upTo: 40_000 })
    }
  })

  test('whatever it is made of', { timeout: 120_000 }, async () => {
    const some = fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((parts) => parts.join(''))
    const text = fc.tuple(some, some, some).filter(([, again]) => again !== '')
    await fc.assert(
      fc.asyncProperty(text, async ([before, again, after]) =>
        expectLinear((size) => before + repeated(again)(size) + after, run, { upTo: 20_000 }),
      ),
      { numRuns: 20 },
    )
  })
})
