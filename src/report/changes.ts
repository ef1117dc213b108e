import type { LocalBrainError } from '../errors.ts'
import { escapeLine } from '../text/escape.ts'
import { errorExitCode } from './exit-code.ts'
import type { Report } from './report.ts'

/** What a run changed in its copy, and what became of it. */
export type RunChanges = Required<Pick<Report, 'changes' | 'patch' | 'patchFile' | 'proposal' | 'warnings'>> & {
  /** Why it was not put where it was asked for. */
  error?: LocalBrainError | undefined
}

/** The report of a run that could change something. */
export function withChanges(report: Report, { error, warnings, ...changed }: RunChanges): Report {
  const failure = error && { code: error.code, message: error.message, hint: error.hint }
  return {
    ...report,
    ...changed,
    warnings: [...report.warnings, ...warnings],
    error: report.error ?? failure,
    exitCode: report.exitCode === 0 && error !== undefined ? errorExitCode(error.code) : report.exitCode,
  }
}

/** What follows an answer: each changed file, and how to go on. */
export function proposedLines({ changes = [], proposal }: Report, word: typeof escapeLine): string[] {
  if (proposal == null) return []
  const { id, applied, branch } = proposal
  const sum = changesSummary(changes)
  const state =
    branch !== null ? `Committed on branch ${word(branch)}: ${sum}` : `Proposed: ${sum}. Apply: local-brain apply`
  return [
    ...changeLines(changes, word).map((line) => `- ${line}`),
    '',
    applied ? `Applied: ${sum}. Take back: local-brain undo ${id}` : state,
  ]
}

type ShownChange = Pick<
  NonNullable<Report['changes']>[number],
  'path' | 'kind' | 'from' | 'added' | 'removed' | 'binary' | 'mode' | 'sensitive'
>

/** `3 files, +41 −7` */
export function changesSummary(changes: readonly ShownChange[]): string {
  const sum = (of: 'added' | 'removed') => changes.reduce((total, change) => total + change[of], 0)
  return `${changes.length} file${changes.length === 1 ? '' : 's'}, +${sum('added')} −${sum('removed')}`
}

const letters = { create: 'A', modify: 'M', delete: 'D', move: 'R' } as const

/** One line for each file: `M src/a.ts +3 −1`, with a mark for what something runs without being asked. */
export function changeLines(changes: readonly ShownChange[], word = escapeLine): string[] {
  return changes.map(({ path, kind, from, added, removed, binary, mode, sensitive }) => {
    const name = from === undefined ? word(path) : `${word(from)} → ${word(path)}`
    const marks = [
      ...(sensitive ? ['runs by itself'] : []),
      ...(kind === 'create' && mode === '100755' ? ['executable'] : []),
    ]
    const size = binary ? 'binary' : `+${added} −${removed}`
    return `${letters[kind]} ${name} ${size}${marks.length > 0 ? ` [${marks.join(', ')}]` : ''}`
  })
}
