/** Where white space between the tokens of a language means something. */
type Spacing = {
  /** A line break means nothing behind, in front of, or between (with a blank in between) tokens that match. */
  freeAfter: RegExp
  freeBefore: RegExp
  freeBetween?: RegExp
  /** A line that begins with `#` is a directive, and its line break its end. */
  hasDirectives?: boolean
}

const operator = String.raw`[=!]==?|<=|>=|&&|\|\||\?\?|(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)=`

/** JavaScript ends a statement at a line break between tokens that can be an end and a beginning. */
const script: Spacing = {
  freeAfter: new RegExp(String.raw`^(?:[-([{,;:?=.~<^|&*/%+]|\?\.|\.\.\.|=>|<<|\*\*|${operator})$`),
  freeBefore: new RegExp(String.raw`^(?:[)\]},;:?=.^|&%]|\?\.|${operator})$`),
  freeBetween: /^(?:\) \{|\} (?:else|catch|finally))$/,
}

/** Go's specification: a line break behind a word, a literal, `++`, `--`, `)`, `]` or `}` is a semicolon. */
const go: Spacing = { freeAfter: /^(?!\+\+$|--$)[^\p{L}\p{N}_"'`)\]}]+$/u, freeBefore: /^[)}]$/ }

const free: Spacing = { freeAfter: /^/, freeBefore: /^/ }

/** Only languages in which white space outside of literals and comments is known to mean nothing, or when it does. */
const spacings = new Map<string, Spacing>([
  ['typescript', script],
  ['tsx', script],
  ['javascript', script],
  ['jsx', script],
  ['json', free],
  ['java', free],
  ['rust', free],
  ['go', go],
])

/** The white space between two neighbours that are no comments. `hasBreak`: with the comments there it has a line break. */
export type Gap = { previous: string; next: string; space: string; hasBreak: boolean }

/** What is left of white space when everything is taken out of it that means nothing: the same for texts that mean the same. */
export function meaningOf({ previous, next, space, hasBreak }: Gap, language: string): string {
  const spacing = spacings.get(language)
  if (spacing === undefined) return withoutBlankLines(previous, space)
  if (!hasBreak || spacing.freeAfter.test(previous) || spacing.freeBefore.test(next)) return ''
  return spacing.freeBetween?.test(`${previous} ${next}`) ? '' : '\n'
}

/** Nothing is known: only blank lines and the ends of lines go, and not behind a sign that continues a line. */
function withoutBlankLines(previous: string, space: string): string {
  const lines = previous === '' ? `\n${space}` : space
  if (!lines.includes('\n') || /[\\`]$/.test(previous)) return space
  return lines.slice(lines.lastIndexOf('\n'))
}
