import type { Model } from '../core/model.ts'
import { deadlineError } from '../core/deadline.ts'
import { type Stop, stopOfAbort, worstStop } from '../core/stop.ts'
import { type Cut, addUsage, noUsage } from '../core/usage.ts'
import { LocalBrainError, describeError } from '../errors.ts'
import { escapeLine } from '../text/escape.ts'
import type { ReviewRules } from '../input/review-rules.ts'
import type { Gathered, Gathering, NotReviewed } from '../input/unit.ts'
import type { Skill } from '../skills/skill.ts'
import { ruleOfSkill } from '../tasks/findings/kinds.ts'
import type { Memory } from '../tasks/findings/finding.ts'
import { markNew } from '../tasks/findings/memory.ts'
import { redactAll } from '../text/redact.ts'
import type { Severity } from '../skills/severity.ts'
import type { Planned } from '../tasks/jobs.ts'
import type { Checked, Finished, Settled, Task } from '../tasks/task.ts'
import type { Worked } from '../tasks/work.ts'
import { blankReport } from './blank.ts'
import { type Coverage, coverageOf, withGap } from './coverage.ts'
import { exitCodeOf } from './exit-code.ts'
import { findingsMarkdown, namedParts } from './markdown.ts'
import type { Report } from './report.ts'

/** What a run was asked for. */
export type Asked = {
  skill: Pick<Skill, 'name' | 'warnings' | 'output' | 'defects'>
  task: Pick<Task, 'isAnswered'>
  checked: Checked
  gathered: Gathered
  unread: Gathering['unread']
  /** The workspace, relative to the current folder. */
  root: string
  /** Seconds. */
  timeout: number
  failOn?: Severity
  /** The findings of the previous report, to tell which ones are new. */
  previous?: Memory
}

/** How the run ended. */
export type Ending = {
  planned: Planned
  worked: Worked
  finished: Finished
  model: Model
  /** Requests whose results know nothing of them. */
  cut: Cut
  /** Seconds that all of the work would take, where that is known. */
  needed?: number | undefined
  signal: AbortSignal
  totalMs: number
}

/** Puts the report of a run together. */
export function assemble(asked: Asked, ending: Ending): Report {
  const { finished, planned, model } = ending
  const worked = { ...ending.worked, error: ending.worked.error ?? finished.error }
  const every = [...worked.results, ...finished.closings]
  const settled = asked.checked.settle(worked.results)
  const stop = worstStop([
    ...worked.results.map((result) => result.stop),
    // Planning only leaves out what does not fit this window.
    ...(planned.notReviewed.length > 0 ? (['context_full'] as const) : []),
    ...(ending.signal.aborted ? [stopOfAbort(ending.signal)] : []),
  ])
  const reason = leftReason(worked, stop)
  const report: Report = {
    ...blank(asked),
    ...findingsOf(settled, asked),
    model: { name: model.name, digest: model.id, contextLength: model.window, toolCalling: model.toolCalling },
    answer: finished.text,
    ...coverageOf(asked.gathered.skipped, [...planned.notReviewed, ...unreadOf(asked, reason)], worked, reason),
    toolCalls: every.flatMap((result) => result.toolCalls),
    turns: every.reduce((sum, result) => sum + result.turns, 0),
    stop,
    usage: {
      ...every.map((result) => result.usage).reduce(addUsage, { ...noUsage, modelCalls: ending.cut.requests }),
      totalMs: ending.totalMs,
      cacheHits: every.filter(({ review }) => review?.cached).length,
    },
    warnings: unique([
      ...asked.skill.warnings,
      ...asked.gathered.warnings,
      ...every.flatMap((result) => result.warnings),
      ...finished.warnings,
      ...settled.warnings,
    ]),
    error: worked.error && describeError(worked.error),
  }
  return settle(report, { ...asked, needed: ending.needed }, asked.task.isAnswered(worked.results))
}

/** What a report is passed on with: no key is whole in any of its texts. */
function settle(
  told: Report,
  { failOn, timeout, needed = timeout * 2 }: Asked & Pick<Ending, 'needed'>,
  answered: boolean,
): Report {
  // guard: report-secrets
  const report = redactAll(told)
  report.exitCode = exitCodeOf({ ...report, answered, failOn })
  if (report.exitCode === 4) report.error ??= describeError(incomplete(report, timeout, needed))
  if (report.findings !== null) report.answer = findingsMarkdown(report)
  return report
}

/** Why a run without an error is incomplete, and what would help. */
function incomplete({ stop, notReviewed }: Report, timeout: number, needed: number): LocalBrainError {
  if (stop === 'time_limit') return deadlineError(timeout, needed)
  if (stop === 'context_full') {
    return new LocalBrainError('overflow', "The input does not fit the model's window", {
      hint: 'give it a larger window with --num-ctx, or less input',
    })
  }
  if (stop === 'unusable') {
    return new LocalBrainError('unusable', 'The model gave no complete answer', {
      hint: 'try another model with --model; -v shows more',
    })
  }
  if (stop === 'refused') {
    return new LocalBrainError('incomplete', 'What the model wanted to do was refused, so it stopped', {
      hint: 'the warnings say what; --allow and --allow-path allow more',
    })
  }
  const gaps = notReviewed.filter((part) => part.gap)
  return new LocalBrainError('incomplete', `${gaps.length} part(s) of the input were not reviewed`, {
    hint: hintOfGaps(gaps) ?? `give it more time with --timeout ${needed}, or less input`,
  })
}

/** What would make the first of the gaps readable; undefined where more time would. */
function hintOfGaps([first]: Report['notReviewed']): string | undefined {
  if (first === undefined) return undefined
  const { path, reason } = first
  if (reason.startsWith('merge conflict')) return `resolve the conflict, then: git add ${path}`
  if (/object .* is missing/.test(reason)) return 'fetch what the clone lacks: git fetch --refetch --no-filter'
  if (/^git |its name|binary|too large|pointer|mark says/.test(reason)) {
    return `what cannot be read has to be looked at by a person: ${path} (${reason})`
  }
  return undefined
}

/**
 * The report of a run that had nothing to ask: one line and exit code 0, unless there are findings that need no model, or
 * none of the input could be read: 4.
 */
export function emptyReport(asked: Asked, line: string): Report {
  const settled = asked.checked.settle([])
  const notReviewed = asked.gathered.skipped.map(withGap)
  // This line must not be mistaken for the answer.
  const isText = asked.skill.output === 'text'
  const warnings = unique([...(isText ? [line] : []), ...asked.gathered.warnings, ...settled.warnings])
  const parts = { reviewed: 0, of: notReviewed.filter((part) => part.gap).length }
  const found = findingsOf(settled, asked)
  const answer = isText ? '' : line
  const report = redactAll({ ...blank(asked), ...found, answer, parts, notReviewed, warnings })
  if (settled.findings?.length) return settle(report, asked, true)
  const gaps = report.notReviewed.filter((part) => part.gap)
  if (gaps.length === 0) return report
  const message = `Nothing could be reviewed: ${namedParts(gaps, escapeLine)}`
  const error = new LocalBrainError('incomplete', message, { hint: hintOfGaps(gaps) ?? 'give it less to look at' })
  return { ...report, error: describeError(error), exitCode: 4 }
}

/** What a run had to look at that could not ask a model, with the reason. */
export function unaskedCoverage(
  { gathered, unread }: Pick<Gathering, 'gathered' | 'unread'>,
  reason: string,
): Coverage {
  const { units, skipped } = gathered
  const read = units.map(({ path, startLine, endLine }) => ({ path, startLine, endLine, reason }))
  return redactAll(coverageOf(skipped, [...read, ...unreadOf({ unread }, reason)], { results: [], left: [] }, reason))
}

/** The report of a run that could not ask a model but has findings that need none. */
export function unaskedReport(asked: Asked, error: LocalBrainError): Report {
  const settled = asked.checked.settle([])
  const report: Report = {
    ...blank(asked),
    ...findingsOf(settled, asked),
    ...unaskedCoverage(asked, error.message),
    warnings: unique([...asked.gathered.warnings, ...settled.warnings]),
    stop: error.code === 'timeout' ? 'time_limit' : 'unusable',
    error: describeError(error),
  }
  return settle(report, asked, false)
}

function findingsOf({ findings, dropped }: Settled, { skill, gathered, previous }: Asked) {
  const { kind, base } = gathered.scope
  return { findings: findings && markNew(findings, { skill: skill.name, kind, base }, previous), dropped }
}

/** What the run ended before. */
function unreadOf({ unread }: Pick<Gathering, 'unread'>, reason: string): NotReviewed[] {
  return [...unread()].map(({ path }) => ({ path, reason }))
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

function blank({ skill, gathered, root }: Asked): Report {
  const answerFormat = skill.output === 'text' ? skill.output : undefined
  const rules = skill.defects?.map(({ name, description }) => ({ id: ruleOfSkill(skill.name, name), description }))
  const projectRules = gathered.rules && withoutText(gathered.rules)
  return { ...blankReport(), skill: skill.name, rules, projectRules, scope: { ...gathered.scope, root }, answerFormat }
}

function withoutText({ path, revision, clipped }: ReviewRules): Report['projectRules'] {
  return { path, revision, clipped }
}

function leftReason(worked: Worked, stop: Stop): string {
  if (worked.error !== undefined) return worked.error.message
  return stop === 'interrupted' ? 'interrupted' : 'the time limit was reached'
}
