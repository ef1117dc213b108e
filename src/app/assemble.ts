import type { Stop } from '../core/answer.ts'
import { deadlineError } from '../core/deadline.ts'
import { addUsage, noUsage } from '../core/usage.ts'
import { LocalBrainError } from '../errors.ts'
import type { Memory } from '../tasks/findings/memory.ts'
import { redactSecrets } from '../tasks/findings/secrets.ts'
import type { Model } from '../core/model.ts'
import { blankReport } from '../report/blank.ts'
import { exitCodeOf } from '../report/exit-code.ts'
import { findingsMarkdown } from '../report/markdown.ts'
import type { Report } from '../report/report.ts'
import { coverageOf, withGap } from './coverage.ts'
import type { Planned } from './jobs.ts'
import { markNew } from './mark-new.ts'
import type { Prepared } from './prepare.ts'
import type { JobResult, Worked } from './work.ts'

export type Ending = {
  planned: Planned
  worked: Worked
  closings: JobResult[]
  warnings: string[]
  text: string
  model: Model
  signal: AbortSignal
  totalMs: number
  /** The report before this one, to tell what is new. */
  previous?: Memory
}

/** Everything that a run has to say, from its pieces. */
export function assemble(prepared: Prepared, ending: Ending): Report {
  const { worked, closings, planned } = ending
  const every = [...worked.results, ...closings]
  const reviews = worked.results.flatMap((result) => (result.review === undefined ? [] : [result.review]))
  const merged = prepared.skill.output === 'findings' ? prepared.certain.merge(reviews) : undefined
  const stop = worstStop([
    ...worked.results.map((result) => result.stop),
    // Planning leaves out only what no window of this size can hold.
    ...(planned.notReviewed.length > 0 ? (['context_full'] as const) : []),
    ...(ending.signal.aborted ? [abortStop(ending)] : []),
  ])
  const report: Report = {
    ...blank(prepared),
    model: {
      name: ending.model.name,
      digest: ending.model.digest,
      contextLength: ending.model.window.numCtx,
      toolCalling: ending.model.toolCalling,
    },
    // guard: answer-secrets
    answer: redactSecrets(ending.text),
    findings: merged === undefined ? null : markNew(merged.findings, prepared, ending.previous),
    ...coverageOf(prepared.input.gathered.skipped, planned.notReviewed, worked, leftReason(worked, stop)),
    ...(merged === undefined ? {} : { dropped: merged.dropped }),
    toolCalls: every.flatMap((result) => result.toolCalls),
    turns: every.reduce((sum, result) => sum + result.turns, 0),
    stop,
    usage: {
      ...every.map((result) => result.usage).reduce(addUsage, noUsage),
      totalMs: ending.totalMs,
      cacheHits: reviews.filter((review) => review.cached).length,
    },
    warnings: unique([
      ...prepared.skill.warnings,
      ...prepared.input.gathered.warnings,
      ...every.flatMap((result) => result.warnings),
      ...ending.warnings,
      ...(merged?.warnings ?? []),
    ]),
  }
  if (worked.error !== undefined) report.error = errorOf(worked.error)
  return settle(report, prepared, answeredBy(prepared, worked))
}

/** In prose half an answer is none; findings of the units that were reviewed stand for themselves. */
function answeredBy(prepared: Prepared, { results }: Worked): boolean {
  const ok = results.filter((result) => result.ok).length
  return prepared.skill.output === 'findings' ? ok > 0 : ok > 0 && ok === results.length
}

function settle(report: Report, prepared: Prepared, answered: boolean): Report {
  const { failOn } = prepared.request
  report.exitCode = exitCodeOf({ ...report, answered, ...(failOn === undefined ? {} : { failOn }) })
  if (report.exitCode === 4 && report.error === undefined) report.error = errorOf(incomplete(report, prepared))
  if (report.findings !== null) report.answer = findingsMarkdown(report)
  return report
}

/** Why a run that nobody and nothing broke is not whole, and what would make it so. */
function incomplete({ stop, notReviewed }: Report, { timeout }: Prepared): LocalBrainError {
  if (stop === 'time_limit') return deadlineError(timeout)
  if (stop === 'context_full') {
    return new LocalBrainError('overflow', 'The work does not fit the window of the model', {
      hint: 'give it a larger window with --num-ctx, or less to look at',
    })
  }
  if (stop === 'unusable') {
    return new LocalBrainError('unusable', 'The model gave no whole answer', {
      hint: 'try another model with --model; -v shows more',
    })
  }
  const gaps = notReviewed.filter((part) => part.gap).length
  return new LocalBrainError('incomplete', `${gaps} part(s) of the input were not reviewed`, {
    hint: `give it more time with --timeout ${timeout * 2}, or less to look at`,
  })
}

/** The report of a run that had nothing to ask: one line, exit 0, unless something is certain all the same. */
export function emptyReport(prepared: Prepared, line: string): Report {
  const { gathered } = prepared.input
  const notReviewed = gathered.skipped.map(withGap)
  if (prepared.skill.output !== 'findings') return { ...blank(prepared), answer: line, notReviewed }
  const report = { ...blank(prepared), answer: line, notReviewed, ...certainOf(prepared) }
  return report.findings.length === 0 ? report : settle(report, prepared, true)
}

/** The report of a run that no model could be asked in, though something is certain without one. */
export function unaskedReport(prepared: Prepared, error: LocalBrainError, previous: Memory | undefined): Report {
  const { units, skipped } = prepared.input.gathered
  const gaps = units.map(({ path, startLine, endLine }) => ({ path, startLine, endLine, reason: error.message }))
  const report: Report = {
    ...blank(prepared),
    ...certainOf(prepared, previous),
    ...coverageOf(skipped, gaps, { results: [], left: [] }, error.message),
    stop: error.code === 'timeout' ? 'time_limit' : 'unusable',
    error: errorOf(error),
  }
  return settle(report, prepared, false)
}

function certainOf(prepared: Prepared, previous?: Memory) {
  const { findings, dropped, warnings } = prepared.certain.merge([])
  return {
    findings: markNew(findings, prepared, previous),
    dropped,
    warnings: unique([...prepared.input.gathered.warnings, ...warnings]),
  }
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

function blank({ skill, input, root }: Prepared): Report {
  return { ...blankReport(), skill: skill.name, scope: { ...input.gathered.scope, root } }
}

function errorOf(error: { code: string; message: string; hint: string | undefined }): NonNullable<Report['error']> {
  const { code, message, hint } = error
  return { code, message, ...(hint === undefined ? {} : { hint }) }
}

const bySeverity: readonly Stop[] = ['answered', 'turn_limit', 'unusable', 'context_full', 'time_limit', 'interrupted']

function worstStop(stops: readonly Stop[]): Stop {
  return stops.reduce(
    (worst, stop) => (bySeverity.indexOf(stop) > bySeverity.indexOf(worst) ? stop : worst),
    'answered',
  )
}

function abortStop({ signal }: Ending): Stop {
  return (signal.reason as { code?: string } | undefined)?.code === 'timeout' ? 'time_limit' : 'interrupted'
}

function leftReason(worked: Worked, stop: Stop): string {
  if (worked.error !== undefined) return worked.error.message
  return stop === 'interrupted' ? 'interrupted' : 'the time limit was reached'
}
