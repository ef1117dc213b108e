/** Where line breaks between the tokens of a language mean something; no other white space there does. */
export type Spacing = {
  /** A line break means nothing behind, in front of, or between (with a blank in between) tokens that match. */
  freeAfter: RegExp
  freeBefore: RegExp
  freeBetween?: RegExp
}

const operator = String.raw`[=!]==?|<=|>=|&&|\|\||\?\?|(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)=`

/** JavaScript ends a statement at a line break between tokens that can be an end and a beginning. */
export const script: Spacing = {
  freeAfter: new RegExp(String.raw`^(?:[-([{,;:?=.~<^|&*/%+]|\?\.|\.\.\.|=>|<<|\*\*|${operator})$`),
  freeBefore: new RegExp(String.raw`^(?:[)\]},;:?=.^|&%]|\?\.|${operator})$`),
  freeBetween: /^(?:\) \{|\} (?:else|catch|finally))$/,
}

/** Go's specification: a line break behind a word, a literal, `++`, `--`, `)`, `]` or `}` is a semicolon. */
export const go: Spacing = { freeAfter: /^(?!\+\+$|--$)[^\p{L}\p{N}_"'`)\]}]+$/u, freeBefore: /^[)}]$/ }

/** All of it means nothing. */
export const free: Spacing = { freeAfter: /^/, freeBefore: /^/ }

/** The white space between two neighbours that are no comments. `hasBreak`: with the comments there it has a line break. */
type Gap = { previous: string | undefined; next: string; space: string; hasBreak: boolean }

/** What is left of white space without what means nothing in it. Two gaps with the same rest mean the same. */
export function meaningOf({ previous, next, space, hasBreak }: Gap, spacing: Spacing | undefined): string {
  if (spacing === undefined) return withoutBlankLines(previous, space)
  // A first line `#!` is one only where the text begins.
  if (previous === undefined) return next.startsWith('#!') ? space : ''
  if (!hasBreak || spacing.freeAfter.test(previous)) return ''
  return spacing.freeBefore.test(next) || spacing.freeBetween?.test(`${previous} ${next}`) ? '' : '\n'
}

/** Nothing is known: only blank lines and the ends of lines go, and not behind a sign that continues a line. */
function withoutBlankLines(previous: string | undefined, space: string): string {
  const lines = previous === undefined ? `\n${space}` : space
  if (!lines.includes('\n') || /[\\`]$/.test(previous ?? '')) return space
  return lines.slice(lines.lastIndexOf('\n'))
}
