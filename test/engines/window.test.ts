import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type WindowWish, chooseWindow } from '../../src/engines/window.ts'

const loaded = (window: number, spilled = false) => ({ window, spilled })

// The work, the reply (2048) and, with tools, their results (4096) have to find room.
const rows: [string, Partial<WindowWish>, number][] = [
  ['the smallest bucket that holds the work and a reply', { workTokens: 1000 }, 4096],
  ['the next bucket when the reply would not fit', { workTokens: 2049 }, 8192],
  ['room for tool results', { workTokens: 1000, needsTools: true }, 8192],
  ['no more than is safe to load blindly', { workTokens: 90_000 }, 32_768],
  ['no more than the model was trained for', { workTokens: 20_000, trained: 8192 }, 8192],
  ['an odd trained length as it is', { workTokens: 20_000, trained: 10_000 }, 10_000],
  ['what is loaded, when it is enough', { workTokens: 1000, loaded: loaded(5000) }, 5000],
  ['what is loaded, when it is far more than enough', { workTokens: 1000, loaded: loaded(262_144) }, 262_144],
  ['more than what is loaded, when that is too little', { workTokens: 9000, loaded: loaded(4096) }, 16_384],
  ['what is loaded, when more would not fit in memory', { workTokens: 9000, loaded: loaded(4096, true) }, 4096],
  ['more than what is loaded on a machine without a graphics card', { workTokens: 9000, loaded: loaded(4096) }, 16_384],
  ['what is loaded, when no more is safe anyway', { workTokens: 90_000, loaded: loaded(40_000) }, 40_000],
  [
    'what is loaded, when the model was trained for no more',
    { workTokens: 90_000, loaded: loaded(8192), trained: 8192 },
    8192,
  ],
  ['the window of the Modelfile, when it is enough', { workTokens: 1000, modelfile: 12_000 }, 12_000],
  ['more than the Modelfile, when that is too little', { workTokens: 9000, modelfile: 4096 }, 16_384],
  ['less than once did not fit in memory', { workTokens: 9000, spilledAt: 16_384 }, 8192],
  ['less than the memory has no room for', { workTokens: 90_000, size: 5.2e9, memory: 12e9 }, 16_384],
  ['as much as the memory has room for', { workTokens: 90_000, size: 5.2e9, memory: 16e9 }, 32_768],
  ['the smallest bucket when even the model hardly fits', { workTokens: 90_000, size: 5.2e9, memory: 4e9 }, 4096],
  ['the number asked for', { workTokens: 9000, asked: 6000, loaded: loaded(8192) }, 6000],
  ['the trained length, when more was asked for', { workTokens: 9000, asked: 60_000, trained: 32_000 }, 32_000],
  ['a number that the server would raise anyway', { workTokens: 9000, asked: 1 }, 512],
]

test.each(rows)('the window is %s', (_, wish, numCtx) => {
  const choice = chooseWindow({ workTokens: 0, needsTools: false, ...wish })
  expect(choice.window).toBe(numCtx)
  expect(choice.reason).not.toBe('')
})

test('it says that a window that was asked for is too small, or too large', () => {
  const reason = (asked: number, trained?: number) =>
    chooseWindow({ workTokens: 0, needsTools: false, asked, trained }).reason
  expect(reason(1)).toBe('512 is the smallest')
  expect(reason(512)).toBe('asked for')
  expect(reason(9000, 8192)).toBe('the model was trained for 8192')
})

test('it says why the work will be split', () => {
  expect(chooseWindow({ workTokens: 90_000, needsTools: false }).reason).toMatch(/the work is split/)
})

test('it is never beyond the trained length, and a second run keeps what the first one loaded', () => {
  const wish = fc.record({
    workTokens: fc.nat(200_000),
    needsTools: fc.boolean(),
    trained: fc.option(fc.integer({ min: 512, max: 1_000_000 }), { nil: undefined }),
    modelfile: fc.option(fc.integer({ min: 512, max: 200_000 }), { nil: undefined }),
    asked: fc.option(fc.integer({ min: 1, max: 200_000 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(wish, (first) => {
      const { window } = chooseWindow(first)
      expect(window).toBeLessThanOrEqual(first.trained ?? Number.POSITIVE_INFINITY)
      expect(chooseWindow({ ...first, loaded: loaded(window) }).window).toBe(window)
    }),
  )
})
