import type { RawFinding } from '../../../src/tasks/findings/reply.ts'
import type { Finding } from '../../../src/tasks/findings/finding.ts'
import { type Unit, type UnitLine, countLines, renderLines } from '../../../src/input/unit.ts'

/** A whole file as one unit. */
export function fileUnit(text: string, path = 'src/a.ts', language = 'typescript'): Unit {
  return { path, language, kind: 'file', side: 'new', startLine: 1, endLine: countLines(text), text }
}

/** A change as one unit: `+` added, `-` removed, anything else stood there before. The first line is `start`. */
export function hunkUnit(source: string, { path = 'src/a.ts', language = 'typescript', start = 1 } = {}): Unit {
  let next = start
  const lines = source.split('\n').map((line): UnitLine => {
    const kind = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'context'
    return { kind, text: line.slice(1), number: kind === 'removed' ? null : next++ }
  })
  return { path, language, kind: 'hunk', side: 'new', startLine: start, endLine: next - 1, text: renderLines(lines) }
}

export function rawFinding(change: Partial<RawFinding> = {}): RawFinding {
  return {
    quote: 'return total / count',
    defect: 'unhandled-case',
    title: 'an empty list divides by zero',
    message: 'the result is not a number',
    trigger: 'an empty list',
    severity: 'medium',
    suggestion: '',
    ...change,
  }
}

export function finding(change: Partial<Finding> = {}): Finding {
  return {
    id: '0123456789abcdef',
    rule: 'bug/null-path',
    category: 'bug',
    severity: 'medium',
    confidence: 'high',
    section: 'issue',
    path: 'src/a.ts',
    startLine: 3,
    endLine: 3,
    side: 'new',
    anchor: 'added',
    quote: 'return user.name',
    title: '`user` may be null',
    message: 'The function reads a name from nothing.',
    trigger: 'a user who was deleted',
    suggestion: null,
    verified: true,
    ...change,
  }
}
