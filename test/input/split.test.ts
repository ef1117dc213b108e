import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitUnit } from '../../src/input/split.ts'
import { type Unit, type UnitLine, countLines, linesOf, renderHeader, renderLines } from '../../src/input/unit.ts'

function fileUnit(text: string, path = 'a.txt', language = 'text'): Unit {
  return { path, language, kind: 'file', side: 'new', startLine: 1, endLine: countLines(text), text }
}

function hunkUnit(lines: UnitLine[], side: 'new' | 'old' = 'new'): Unit {
  const place = { path: 'a.txt', language: 'text', scope: 'f' }
  const numbers = lines.flatMap((line) => line.number ?? [])
  const [startLine, endLine] = [numbers[0] ?? 1, numbers.at(-1) ?? 1]
  return { ...place, kind: 'hunk', side, startLine, endLine, text: renderHeader(place) + renderLines(lines) }
}

/** Parts of one line put together again. */
function joined(parts: readonly Unit[]): UnitLine[] {
  const lines: UnitLine[] = []
  for (const part of parts) {
    for (const line of linesOf(part)) {
      const last = lines.at(-1)
      if (last && line.number !== null && last.number === line.number) last.text += line.text
      else lines.push({ ...line })
    }
  }
  return lines
}

test('what fits stays whole', async () => {
  const unit = fileUnit('one\ntwo\n')
  expect(await splitUnit(unit, 8)).toEqual([unit])
})

test('the parts of a file hold its text once, in order, each within the limit', async () => {
  const line = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constant(''), fc.constant('x'.repeat(90)))
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 2, max: 200 }),
      async (list, max) => {
        const unit = fileUnit(list.join('\n'))
        const parts = await splitUnit(unit, max)
        expect(parts.map((part) => part.text).join('')).toBe(unit.text)
        expect(joined(parts).map((each) => each.text.replace(/\r$/, ''))).toEqual(
          linesOf(unit).map((each) => each.text.replace(/\r$/, '')),
        )
        expect(Math.max(...parts.map((part) => part.text.length))).toBeLessThanOrEqual(max)
        expect(parts.filter((part) => /\p{Surrogate}/u.test(part.text))).toEqual([])
      },
    ),
  )
})

const kinds = fc.constantFrom('added', 'context', 'removed')

test('the parts of a hunk hold its lines once, in order, each within the limit', async () => {
  const line = fc.record({ kind: kinds, text: fc.string({ maxLength: 60 }), gap: fc.integer({ min: 1, max: 3 }) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 60, max: 400 }),
      async (list, max) => {
        let number = 95
        const lines = list.map(({ kind, text, gap }): UnitLine => {
          if (kind !== 'removed') number += gap
          return { kind, text, number: kind === 'removed' ? null : number }
        })
        const parts = await splitUnit(hunkUnit(lines), max)
        const shown = parts.flatMap((part) => linesOf(part))
        expect(
          shown
            .map((each) => each.text)
            .join('\n')
            .replaceAll('\n', ''),
        ).toBe(lines.map((each) => each.text).join(''))
        expect(Math.max(...parts.map((part) => part.text.length))).toBeLessThanOrEqual(max)
        expect(parts[0]?.startLine).toBe(hunkUnit(lines).startLine)
        expect(parts.at(-1)?.endLine).toBe(hunkUnit(lines).endLine)
      },
    ),
  )
})

test('a part begins with a definition where that leaves none half empty', async () => {
  const text = Array.from({ length: 6 }, (_, index) => `function f${index}() {\n  a()\n\n  b()\n  c()\n}\n`).join('\n')
  const parts = await splitUnit(fileUnit(text, 'a.js', 'javascript'), 120)
  expect(parts.length).toBeGreaterThan(1)
  for (const part of parts) expect(part.text).toMatch(/^function /)
})

test('without definitions a part begins after a blank line', async () => {
  const parts = await splitUnit(fileUnit('a a a\nb b b\n\nc c c\nd d d\n'), 20)
  expect(parts.map((part) => part.text)).toEqual(['a a a\nb b b\n\n', 'c c c\nd d d\n'])
})

test('parts of a hunk begin where hunks begin', async () => {
  const lines = [1, 2, 3, 40, 41, 42].map((number): UnitLine => ({ number, kind: 'added', text: 'some words' }))
  const parts = await splitUnit(hunkUnit(lines), 120)
  expect(parts.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([
    [1, 3],
    [40, 42],
  ])
})

test('a part says what it is', async () => {
  const parts = await splitUnit(fileUnit('a a a\nb b b\nc c c\n', 'src/a.txt'), 12)
  expect(parts.map((part) => part.part)).toEqual([
    { index: 1, of: 2, lines: 3 },
    { index: 2, of: 2, lines: 3 },
  ])
  expect(parts).toMatchObject([
    { path: 'src/a.txt', startLine: 1, endLine: 2 },
    { path: 'src/a.txt', startLine: 3, endLine: 3 },
  ])
})

test('one gigantic line is cut between characters, and the parts say so', async () => {
  const parts = await splitUnit(fileUnit('🧠'.repeat(100_000)), 1001)
  expect(parts.every((part) => part.part?.cut && part.startLine === 1 && part.endLine === 1)).toBe(true)
  expect(parts.every((part) => /^(🧠)+$/u.test(part.text))).toBe(true)
  expect(parts.map((part) => part.text).join('')).toHaveLength(200_000)
})

test('parts of removed code are numbered in the old file', async () => {
  const lines = Array.from({ length: 30 }, (): UnitLine => ({ number: null, kind: 'removed', text: 'some words' }))
  const unit = { ...hunkUnit(lines, 'old'), startLine: 11, endLine: 40 }
  const ranges = (await splitUnit(unit, 220)).map(({ startLine, endLine }) => [startLine, endLine])
  expect(ranges.map(([start]) => start)).toEqual([11, ...ranges.slice(0, -1).map(([, end = 0]) => end + 1)])
  expect(ranges.at(-1)?.[1]).toBe(40)
})
