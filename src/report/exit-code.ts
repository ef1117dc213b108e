import type { ErrorCode } from '../errors.ts'
import type { Finding } from '../tasks/findings/finding.ts'
import { type Severity, severities } from '../skills/severity.ts'
import type { Report } from './report.ts'

/** The exit code depends on whose fault it is. */
const exitCodes: Record<ErrorCode, number> = {
  // the caller's
  usage: 2,
  'unknown-skill': 2,
  'invalid-skill': 2,
  'invalid-config': 2,
  'untrusted-skill': 2,
  'missing-file': 2,
  'unreadable-file': 2,
  'not-a-repository': 2,
  'unknown-revision': 2,
  'git-refused': 2,
  'git-failed': 2,
  'sandbox-failed': 3,
  'not-available': 2,
  // the server's
  unreachable: 3,
  'model-missing': 3,
  'remote-refused': 3,
  busy: 3,
  'load-failed': 3,
  'server-failed': 3,
  'broken-stream': 3,
  capability: 3,
  'malformed-call': 3,
  // the answer's
  timeout: 4,
  incomplete: 4,
  unusable: 4,
  overflow: 4,
  unconfirmed: 4,
  // the output's
  output: 5,
  // the person's
  interrupted: 130,
}

export function errorExitCode(code: ErrorCode): number {
  return exitCodes[code]
}

export function atOrAbove(findings: readonly Finding[], threshold: Severity): Finding[] {
  return findings.filter((finding) => severities.indexOf(finding.severity) <= severities.indexOf(threshold))
}

export type Verdict = Pick<Report, 'findings' | 'stop' | 'notReviewed' | 'error'> & {
  /** At least one conversation ended with a usable answer, and for prose none ended with half an answer. */
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
