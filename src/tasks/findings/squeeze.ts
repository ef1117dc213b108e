const entity =
  /&(?:amp;)*(?:(lt|gt|quot|apos|nbsp|hellip|lbrace|rbrace|lbrack|rbrack)|#(\d{1,7})|#x([\da-f]{1,6}));|&(?:amp;)+/gi

const named: Record<string, string> = {
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  hellip: '…',
  lbrace: '{',
  rbrace: '}',
  lbrack: '[',
  rbrack: ']',
}

/** `&lt;` as `<`, however often it was escaped. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(entity, (whole, name?: string, decimal?: string, hex?: string) => {
    if (name !== undefined) return named[name.toLowerCase()] ?? whole
    if (decimal === undefined && hex === undefined) return '&'
    return character(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)) ?? whole
  })
}

function character(code: number): string | undefined {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

const folds: readonly [RegExp, string][] = [
  [/[\u201c-\u201f\u00ab\u00bb\u2033\u300c-\u300f]/g, '"'],
  [/[\u2018-\u201b\u2032\u2039\u203a\u0060\u00b4]/g, "'"],
  [/[\u2010-\u2015\u2212]/g, '-'],
  [/[\u3010\u3014\u3016]/g, '['],
  [/[\u3011\u3015\u3017]/g, ']'],
  [/\u00ad|[\u200b-\u200f]|\u2060|\p{Variation_Selector}|\ufeff/gu, ''],
]

const ascii = /^[\u0020-\u007e]*$/

/**
 * A line in the characters that tell it from others: without white space, escapes and typography. Two lines that differ
 * only in how they are spelt come out the same, so both sides of a comparison have to be squeezed.
 */
export function squeeze(line: string): string {
  const plain = decodeEntities(line)
    .replace(/(?<!\\)\\+u\{?([\da-f]{4,6})\}?/gi, (whole, hex: string) => character(Number.parseInt(hex, 16)) ?? whole)
    .replace(/\\+[nrt]?/g, '')
  const folded = ascii.test(plain) ? plain.replaceAll('`', "'") : fold(plain)
  return folded.replace(/\s+/g, '')
}

function fold(text: string): string {
  return folds.reduce((result, [pattern, into]) => result.replace(pattern, into), text).normalize('NFKC')
}
