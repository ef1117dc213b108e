import { createContext, Script } from 'node:vm'
import { LocalBrainError } from '../errors.ts'
import { maxLines } from './clip.ts'

/** Where a line matches. Both numbers count from 0. */
export type LineMatch = { line: number; column: number }

export type LineMatcher = {
  /** False when the pattern is not a regular expression and is searched for as plain text. */
  readonly isRegExp: boolean
  /** Finds the lines that match. Throws LocalBrainError('usage') when that takes too long. */
  match(lines: readonly string[]): LineMatches
}

/** The first matches, and the number of all matches. */
export type LineMatches = { found: readonly LineMatch[]; total: number }

const limitMs = 1000
/** Only the beginning of a line is searched. Lines longer than this are data. */
const maxLineChars = 20_000

// Runs in a vm because V8 then stops even a backtracking regular expression when the time is up.
const search = new Script(`{
  const expression = new RegExp(source, flags)
  const found = []
  let total = 0
  for (let line = 0; line < lines.length; line++) {
    const match = expression.exec(lines[line].slice(0, maxLineChars))
    if (match && ++total <= maxFound) found.push({ line, column: match.index })
  }
  result = { found, total }
}`)

/**
 * Finds lines that match a regular expression or contain it as plain text, since models write `find(a)` and mean just
 * that. A model wrote the pattern, so each call is stopped after a second.
 */
export function createMatcher(pattern: string, ignoreCase = false): LineMatcher {
  // Other languages write `(?i)` for "ignore case". In JavaScript it is an error.
  const plain = pattern.replace(/^\(\?i\)/, '')
  const isRegExp = compile(plain) !== undefined
  const literal = plain.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  const source = isRegExp && plain !== literal ? `(?:${plain})|${literal}` : literal
  const flags = ignoreCase || plain !== pattern ? 'i' : ''
  const inside = { source, flags, maxLineChars, maxFound: maxLines, lines: [] as readonly string[], result: undefined }
  const context = createContext(inside)
  return {
    isRegExp,
    match(lines) {
      inside.lines = lines
      try {
        return search.runInContext(context, { timeout: limitMs }) as LineMatches
      } catch (error) {
        // It comes from another realm, so `instanceof Error` is false.
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
