import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, splitLines } from '../../src/workspace/decode.ts'

const bytes = (...values: number[]) => Buffer.from(values)

describe('bytes become text', () => {
  test.each([
    ['nothing', bytes(), '', 'utf-8'],
    ['UTF-8', Buffer.from('hé\u{1f600}'), 'hé\u{1f600}', 'utf-8'],
    ['UTF-8 with a mark', bytes(0xef, 0xbb, 0xbf, 0x61), 'a', 'utf-8'],
    ['UTF-16, little end first', bytes(0xff, 0xfe, 0x61, 0, 0xe9, 0), 'aé', 'utf-16le'],
    ['UTF-16, big end first', bytes(0xfe, 0xff, 0, 0x61, 0, 0xe9), 'aé', 'utf-16be'],
    ['Windows line ends', Buffer.from('a\r\nb\r\n'), 'a\r\nb\r\n', 'utf-8'],
    ['control characters', bytes(0x1b, 0x5b, 0x6d, 0x07), '\u001b[m\u0007', 'utf-8'],
  ])('%s', (_, input, text, encoding) => {
    expect(decode(input)).toEqual({ text, encoding, lossy: false })
  })

  test.each([
    ['a byte that UTF-8 has not', bytes(0x61, 0xff, 0x62), 'a\ufffdb'],
    ['Latin-1', bytes(0x68, 0xe9), 'h\ufffd'],
    ['a surrogate of its own in UTF-8', bytes(0xed, 0xa0, 0x80), '\ufffd\ufffd\ufffd'],
    ['a surrogate of its own in UTF-16', bytes(0xff, 0xfe, 0x00, 0xd8, 0x61, 0), '\ufffda'],
  ])('%s is marked', (_, input, text) => {
    expect(decode(input)).toMatchObject({ text, lossy: true })
  })

  test.each([
    ['a NUL', bytes(0x61, 0, 0x62)],
    ['a NUL late in the head', Buffer.concat([Buffer.alloc(7999, 0x61), bytes(0)])],
    ['UTF-32', bytes(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0)],
    ['UTF-32, big end first', bytes(0, 0, 0xfe, 0xff, 0, 0, 0, 0x61)],
    ['UTF-16 without a mark', Buffer.from('abc', 'utf16le')],
  ])('%s is no text', (_, input) => {
    expect(decode(input)).toBeNull()
  })

  test.each([
    ['a NUL in a program', 'a.js', Buffer.from('/* \0 */ run()\n'), '/* \0 */ run()\n'],
    ['many of them', 'a.py', Buffer.from(`# ${'\0'.repeat(99)}\nrun()\n`), `# ${'\0'.repeat(99)}\nrun()\n`],
    ['UTF-16 without a mark', 'a.ps1', Buffer.from('run ü\n', 'utf16le'), 'run ü\n'],
    ['the same, big end first', 'a.ps1', Buffer.from('run ü\n', 'utf16le').swap16(), 'run ü\n'],
    ['one in a long file of any name', 'a.foo', Buffer.from(`${'run\n'.repeat(99)}\0`), `${'run\n'.repeat(99)}\0`],
  ])('%s is text under its name', (_, path, input, text) => {
    expect(decode(input, { path })).toMatchObject({ text, lossy: false })
  })

  test.each([
    ['data under the name of a program', 'a.js', bytes(0, 1, 2, 3, 0x61, 0, 4)],
    ['a picture', 'a.png', Buffer.from('\0png'.repeat(99))],
    ['what nothing is known about', 'a.bin', bytes(0x61, 0, 0x62)],
  ])('%s is no text', (_, path, input) => {
    expect(decode(input, { path })).toBeNull()
  })

  test('a NUL beyond the head is a character', () => {
    expect(decode(Buffer.concat([Buffer.alloc(8000, 0x61), bytes(0)]))).toMatchObject({ lossy: false })
  })

  test('where a text is cut, no half character is left', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.nat(),
        fc.constantFrom('utf8', 'utf16le'),
        (text, end, encoding) => {
          fc.pre(!text.includes('\0') && !text.startsWith('\ufeff'))
          const whole = Buffer.from(encoding === 'utf16le' ? `\ufeff${text}` : text, encoding as BufferEncoding)
          const cut = decode(whole.subarray(0, Math.max(2, end % (whole.length + 1))), { cut: true })
          expect(cut?.lossy).toBe(false)
          expect(text.startsWith(cut?.text ?? '-')).toBe(true)
        },
      ),
    )
  })
})

describe('lines', () => {
  test.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\nb', ['a', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['\n\n', ['', '']],
    ['a\rb\u2028c\u0085d\fe', ['a\rb\u2028c\u0085d\fe']],
    ['a\r\r\n', ['a\r']],
    ['a\r', ['a']],
  ])('%j', (text, lines) => {
    expect(splitLines(text)).toEqual(lines)
  })
})
