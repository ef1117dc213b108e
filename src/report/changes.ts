import type { LocalBrainError } from '../errors.ts'
import { escapeLine } from '../text/escape.ts'
import { errorExitCode } from './exit-code.ts'
import { checkLines, withChecks } from './checks.ts'
import type { CheckRow, Report } from './report.ts'

/** What a run changed in its copy, and what became of it. */
export type RunChanges = Required<Pick<Report, 'changes' | 'patch' | 'patchFile' | 'proposal' | 'warnings'>> & {
  /** Why it was not put where it was asked for. */
  error?: LocalBrainError | undefined
  /** What the checks of the run say, if it has any. */
  checks?: CheckRow[] | undefined
}

/** The report of a run that could change something. */
export function reportChanges(report: Report, { error, warnings, checks, ...changed }: RunChanges): Report {
  const failure = error && { code: error.code, message: error.message, hint: error.hint }
  const whole: Report = {
    ...report,
    ...changed,
    warnings: [...report.warnings, ...warnings],
    error: report.error ?? failure,
    exitCode: report.exitCode === 0 && error !== undefined ? errorExitCode(error.code) : report.exitCode,
  }
  return checks === undefined ? whole : withChecks(whole, checks)
}

/** What follows an answer: what the checks say, each changed file, and how to go on. */
export function proposedLines({ changes = [], proposal, checks = [] }: Report, word: typeof escapeLine): string[] {
  const checked = checks.length === 0 ? [] : ['Checks:', '', ...checkLines(checks, word).map((line) => `- ${line}`)]
  if (proposal == null) return checked
  const { id, applied, branch } = proposal
  const sum = changesSummary(changes)
  const state =
    branch !== null ? `Committed on branch ${word(branch)}: ${sum}` : `Proposed: ${sum}. Apply: local-brain apply`
  return [
    // Without words between them two lists are one.
    ...(checked.length === 0 ? [] : [...checked, '', 'Changes:', '']),
    ...changeLines(changes, word).map((line) => `- ${line}`),
    '',
    applied ? `Applied: ${sum}. Take back: local-brain undo ${id}` : state,
  ]
}

type ShownChange = Pick<
  NonNullable<Report['changes']>[number],
  'path' | 'kind' | 'from' | 'added' | 'removed' | 'binary' | 'mode' | 'sensitive'
> & { outsideTargets?: boolean; weakens?: boolean | undefined }

/** `3 files, +41 −7` */
export function changesSummary(changes: readonly ShownChange[]): string {
  const sum = (of: 'added' | 'removed') => changes.reduce((total, change) => total + change[of], 0)
  return `${changes.length} file${changes.length === 1 ? '' : 's'}, +${sum('added')} −${sum('removed')}`
}

const letters = { create: 'A', modify: 'M', delete: 'D', move: 'R' } as const

/** One line for each file: `M src/a.ts +3 −1`, with a mark for what something runs without being asked. */
export function changeLines(changes: readonly ShownChange[], word = escapeLine): string[] {
  return changes.map(({ path, kind, from, added, removed, binary, mode, sensitive, outsideTargets, weakens }) => {
    const name = from === undefined ? word(path) : `${word(from)} → ${word(path)}`
    const marks = [
      ...(sensitive ? ['runs by itself'] : []),
      ...(weakens ? ['changed while its check failed'] : []),
      ...(outsideTargets ? ['not in target_files'] : []),
      ...(kind === 'create' && mode === '100755' ? ['executable'] : []),
    ]
    const size = binary ? 'binary' : `+${added} −${removed}`
    return `${letters[kind]} ${name} ${size}${marks.length > 0 ? ` [${marks.join(', ')}]` : ''}`
  })
}
