import type { RE2JS } from 're2js'
import { LocalBrainError } from '../errors.ts'
import { maxLines } from './clip.ts'

/** Where a line matches: both count from 0. */
export type LineMatch = { line: number; column: number }

export type LineMatcher = {
  /** False when the pattern is no regular expression, and is searched for as text. */
  readonly isRegExp: boolean
  /** The lines that match. Throws LocalBrainError('usage') when that takes too long. */
  match(lines: readonly string[]): LineMatches
}

/** The first matches, and the number of all matches. */
export type LineMatches = { found: readonly LineMatch[]; total: number }

const limitMs = 5000
/** Only the beginning of a line is searched. Lines longer than this are data. */
const maxLineChars = 20_000
/** The instructions of a compiled expression. Each may look at each character of a line once. */
const maxProgram = 2000

/**
 * Finds lines that match a regular expression or contain it as plain text, since models write `find(a)` and mean just
 * that. A model wrote the pattern, so matching takes time in proportion to the line: JavaScript's own expressions
 * backtrack, and nothing can interrupt their compilation. There is no lookaround and no backreference.
 */
export async function createMatcher(pattern: string, ignoreCase = false): Promise<LineMatcher> {
  // guard: linear-expressions
  const { RE2JS } = await import('re2js')
  // The whole pattern ignores case then, as plain text too.
  const plain = pattern.replace(/^\(\?i\)/, '')
  const flags = ignoreCase || plain !== pattern ? RE2JS.CASE_INSENSITIVE : 0
  const compile = (source: string) => compileExpression(RE2JS, source, flags)
  const literal = RE2JS.quote(plain)
  const isRegExp = compile(plain) !== undefined
  const both = isRegExp && plain !== literal ? compile(`(?:${plain})|${literal}`) : undefined
  const expression = both ?? RE2JS.compile(literal, flags)
  return {
    isRegExp,
    match: (lines) => matchLines(expression, lines, pattern),
  }
}

/** Undefined for what is no expression. Throws LocalBrainError('usage') for one that is too large. */
function compileExpression(engine: typeof RE2JS, source: string, flags: number): RE2JS | undefined {
  // Of repetitions in repetitions nothing else bounds what they are written out to.
  const repeated = [...source.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, from, to]) => Number(to || from))
  if (repeated.reduce((sum, times) => sum + times, 0) > maxProgram) throw tooLarge(source)
  try {
    const expression = engine.compile(source, flags)
    // guard: expression-size
    if (expression.programSize() > maxProgram) throw tooLarge(source)
    return expression
  } catch (error) {
    if (error instanceof LocalBrainError) throw error
    return undefined
  }
}

function matchLines(expression: RE2JS, lines: readonly string[], pattern: string): LineMatches {
  const end = Date.now() + limitMs
  const found: LineMatch[] = []
  let total = 0
  for (const [line, text] of lines.entries()) {
    if (Date.now() > end) throw tooSlow(pattern)
    const matcher = expression.matcher(text.slice(0, maxLineChars))
    if (matcher.find() && ++total <= maxLines) found.push({ line, column: matcher.start() })
  }
  return { found, total }
}

function tooLarge(pattern: string): LocalBrainError {
  return new LocalBrainError('usage', `The pattern ${JSON.stringify(pattern)} is too large; use a simpler one`)
}

function tooSlow(pattern: string): LocalBrainError {
  const problem = `The pattern ${JSON.stringify(pattern)} takes too long to search for; use a simpler one`
  return new LocalBrainError('usage', problem)
}
