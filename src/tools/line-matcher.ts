import { createContext, Script } from 'node:vm'
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

/** The first matches, and how many there are. */
export type LineMatches = { found: readonly LineMatch[]; total: number }

const limitMs = 1000
/** What is behind this many characters of one line is not searched: there, lines are data. */
const maxLineChars = 20_000

// Runs apart only to be stopped: V8 breaks off a regular expression that backtracks, when a vm's time is up.
const search = new Script(`{
  const expression = new RegExp(source, flags)
  const found = []
  let total = 0
  for (let line = 0; line < lines.length; line++) {
    const match = expression.exec(lines[line].slice(0, maxLineChars))
    if (match && ++total <= most) found.push({ line, column: match.index })
  }
  result = { found, total }
}`)

/**
 * Finds lines that match a regular expression, or have it as plain text: models write `find(a)` and mean just that.
 * The pattern is a model's: each call is stopped after a second.
 */
export function createMatcher(pattern: string, ignoreCase = false): LineMatcher {
  // What other languages write for "ignore case" is a mistake to JavaScript.
  const plain = pattern.replace(/^\(\?i\)/, '')
  const isRegExp = compile(plain) !== undefined
  const literal = plain.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  const source = isRegExp && plain !== literal ? `(?:${plain})|${literal}` : literal
  const flags = ignoreCase || plain !== pattern ? 'i' : ''
  const inside = { source, flags, maxLineChars, most: maxLines, lines: [] as readonly string[], result: undefined }
  const context = createContext(inside)
  return {
    isRegExp,
    match(lines) {
      inside.lines = lines
      try {
        return search.runInContext(context, { timeout: limitMs }) as LineMatches
      } catch (error) {
        // Not an Error of this realm.
        if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
        const problem = `The pattern ${JSON.stringify(pattern)} takes too long to search for; use a simpler one`
        throw new LocalBrainError('usage', problem, { cause: error })
      }
    },
  }
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern)
  } catch {
    return undefined
  }
}
