import type { ErrorCode } from '../errors.ts'
import { type Finding, type Severity, severities } from '../findings/finding.ts'
import type { Report } from './report.ts'

/** CONTRACT section 2: whose fault it is decides. 2 the caller's, 3 the server's, 4 the answer's, 5 the output's. */
export function errorExitCode(code: ErrorCode): number {
  switch (code) {
    case 'usage':
    case 'unknown-skill':
    case 'invalid-skill':
    case 'untrusted-skill':
    case 'missing-file':
    case 'unreadable-file':
    case 'not-a-repository':
    case 'unknown-revision':
    case 'git-refused':
    case 'git-failed':
    case 'not-available':
      return 2
    case 'unreachable':
    case 'model-missing':
    case 'remote-refused':
    case 'busy':
    case 'load-failed':
    case 'server-failed':
    case 'broken-stream':
    case 'capability':
    case 'malformed-call':
      return 3
    case 'timeout':
    case 'incomplete':
    case 'unusable':
    case 'overflow':
      return 4
    case 'output':
      return 5
    case 'interrupted':
      return 130
  }
}

export function atOrAbove(findings: readonly Finding[], threshold: Severity): Finding[] {
  return findings.filter((finding) => severities.indexOf(finding.severity) <= severities.indexOf(threshold))
}

export type Verdict = Pick<Report, 'findings' | 'stop' | 'notReviewed' | 'error'> & {
  /** At least one conversation ended with a usable answer, and in prose none ended with half of one. */
  answered: boolean
  failOn?: Severity
}

/** The exit code of a run that got as far as a report. */
export function exitCodeOf({ findings, stop, notReviewed, error, answered, failOn }: Verdict): number {
  if (stop === 'interrupted') return 130
  if (failOn !== undefined && atOrAbove(findings ?? [], failOn).length > 0) return 1
  if (error !== undefined) return errorExitCode(error.code as ErrorCode)
  if (!answered) return 4
  return failOn !== undefined && notReviewed.some((part) => part.gap) ? 4 : 0
}
