import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clip, clipLine, type Shown } from '../../src/text/clip.ts'

const hint = ({ lines, of }: Shown) => `lines 1-${lines} of ${of}; read_file offset=${lines + 1} shows more`

describe('a text', () => {
  test.each([
    ['that fits is untouched', 'a\r\nb\n', { maxChars: 5 }, 'a\r\nb\n'],
    [
      'of too many lines ends after the last that is allowed',
      'a\nb\nc\n',
      { maxChars: 99, maxLines: 2 },
      `a\nb\n[${hint({ lines: 2, of: 3 })}]`,
    ],
    [
      'of too many characters ends at a line',
      'aaaa\nbbbb\ncccc\n'.repeat(9),
      { maxChars: 70 },
      `aaaa\nbbbb\ncccc\naaaa\n[${hint({ lines: 4, of: 27 })}]`,
    ],
    [
      'whose first line is too long shows its start',
      'x'.repeat(99),
      { maxChars: 60 },
      `xxxxxxxxxxx…\n[${hint({ lines: 1, of: 1 })}]`,
    ],
  ])('%s', (_, text, limits, expected) => {
    expect(clip(text, { ...limits, hint })).toBe(expected)
  })

  test('never outgrows its limit, and says how much of it is there', () => {
    const text = fc
      .array(fc.string({ unit: 'binary', maxLength: 40 }).map((line) => line.replaceAll('\n', ' ')))
      .map((lines) => lines.join('\n'))
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 80, max: 400 }),
        fc.integer({ min: 1, max: 20 }),
        (whole, maxChars, maxLines) => {
          let told: Shown | undefined
          const clipped = clip(whole, { maxChars, maxLines, hint: (shown) => hint((told = shown)) })
          expect(clipped.length).toBeLessThanOrEqual(maxChars)
          if (clipped === whole) return
          const lines = clipped.split('\n')
          expect(lines.pop()).toBe(`[${hint(told ?? { lines: -1, of: -1 })}]`)
          expect(lines).toHaveLength(told?.lines ?? -1)
          expect(lines).toEqual(whole.split('\n').slice(0, lines.length))
        },
      ),
    )
  })
})

test('a line is never cut inside a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(50), (line, maxChars) => {
      const clipped = clipLine(line, maxChars)
      expect(clipped.length).toBeLessThanOrEqual(maxChars)
      expect(clipped).not.toMatch(/[\ud800-\udfff]/u)
      expect(clipped === line || maxChars === 0 || line.startsWith(clipped.slice(0, -1))).toBe(true)
    }),
  )
})
