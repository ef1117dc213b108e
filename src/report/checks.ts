import { LocalBrainError, describeError } from '../errors.ts'
import type { escapeLine } from '../text/escape.ts'
import { exitWords } from '../text/exit-words.ts'
import type { CheckState } from '../workspace/sandbox/check.ts'
import type { CheckRow, Report } from './report.ts'

/** `open`: one that has to hold was not run, and none failed. Checks that are not required decide nothing. */
export function verdictOf(checks: readonly CheckRow[]): 'hold' | 'fail' | 'open' {
  const states = checks.flatMap(({ required, after }) => (required ? [after] : []))
  // guard: checks-decide
  if (states.includes('failed') || states.includes('empty')) return 'fail'
  return states.includes('not_run') ? 'open' : 'hold'
}

/** The report of a run with checks: they decide, whatever the model says. */
export function withChecks(report: Report, checks: CheckRow[]): Report {
  const verdict = verdictOf(checks)
  if (report.exitCode !== 0 || verdict === 'hold') return { ...report, checks }
  if (verdict === 'fail') return { ...report, checks, exitCode: 1 }
  const error = new LocalBrainError('incomplete', 'Not verified: a check that has to hold was not run', {
    hint: '--allow run lets the checks of a skill run; --timeout gives them more time',
  })
  return { ...report, checks, exitCode: 4, error: report.error ?? describeError(error) }
}

const words: Record<CheckState, { before: string; after: string; same: string }> = {
  ok: { before: 'held before', after: 'holds now', same: 'held before, holds now' },
  failed: { before: 'failed before', after: 'fails now', same: 'failed before, still fails' },
  empty: { before: 'tested nothing before', after: 'tests nothing now', same: 'tests nothing, which proves nothing' },
  not_run: { before: 'was not run before', after: 'was not run at the end', same: 'was not run' },
}

/** `npm test: failed before, holds now` */
export function checkLines(checks: readonly CheckRow[], word: typeof escapeLine): string[] {
  return checks.map(({ name, before, after, exitCode, required, flaky }) => {
    const state = before === after ? words[after].same : `${words[before].before}, ${words[after].after}`
    const how = after === 'failed' ? ` (${exitWords(exitCode)})` : ''
    const notes = `${flaky ? ', the second time that it was run' : ''}${required ? '' : '; not required'}`
    return `${word(name)}: ${state}${how}${notes}`
  })
}
