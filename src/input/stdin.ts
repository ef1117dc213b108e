import { LocalBrainError } from '../errors.ts'
import { languageOf } from '../syntax/language.ts'
import { type NotReviewed, type Unit, clipLines, countLines } from './unit.ts'

const path = '<stdin>'

/** Piped text as one unit. A diff that is piped in is text like any other. */
export function gatherStdin(piped: string): { units: Unit[]; skipped: NotReviewed[] } {
  const whole = piped.startsWith('\ufeff') ? piped.slice(1) : piped
  const text = clipLines(whole)
  if (text.includes('\0')) {
    throw new LocalBrainError('unreadable-file', 'Standard input is not text', { hint: 'local-brain -f <text file>' })
  }
  if (text.trim() === '') return { units: [], skipped: [{ path, reason: 'empty' }] }
  const lines = countLines(text)
  const language = languageOf('stdin', text)
  const unit: Unit = { path, language, kind: 'text', side: 'new', startLine: 1, endLine: lines, text }
  const rest = { path, reason: `only the first ${lines} lines are read`, startLine: lines + 1 }
  return { units: [unit], skipped: text === whole ? [] : [{ ...rest, gap: true }] }
}
