import { type ErrorCode, LocalBrainError } from '../errors.ts'
import { clipLine } from '../text/clip.ts'
import { markdownLine, markdownProse } from '../text/neutral-markdown.ts'
import { verdictOf } from './checks.ts'
import { errorExitCode } from './exit-code.ts'
import type { CheckRow, CriterionRow, Report } from './report.ts'

/** What is known of a written task once it was worked on. Nothing that a model says of itself is among it. */
export type Outcome = Pick<Report, 'stop' | 'error'> & {
  checks: readonly CheckRow[]
  criteria: readonly CriterionRow[]
  /** Something was changed. */
  isChanged: boolean
  /** Files that the task names, and that stayed as they were. */
  untouched: readonly string[]
  /** The person wants no checks. */
  uncheckedOnPurpose: boolean
}

/** Whether a check was run at the end, and tested something. */
export function isVerified(checks: readonly CheckRow[]): boolean {
  return checks.some(({ after }) => after === 'ok' || after === 'failed')
}

/** Whether everything that can be shown by checks and criteria was shown. */
export type Judgement = 'done' | 'not-done' | 'stopped' | 'not-verified'

/** A limit that was reached comes first, since what it cut off might have failed. */
export function judge({ stop, checks, criteria, isChanged, uncheckedOnPurpose }: Outcome): Judgement {
  // guard: work-stopped
  if (stopWords[stop] !== undefined || !isChanged) return 'stopped'
  const verdict = verdictOf(checks)
  // guard: work-checks
  if (verdict === 'fail') return 'not-done'
  // guard: work-verified
  if (!uncheckedOnPurpose && (verdict === 'open' || !isVerified(checks))) return 'not-verified'
  // guard: work-criteria
  return criteria.every(({ state }) => isFulfilled(state)) ? 'done' : 'not-done'
}

function isFulfilled(state: CriterionRow['state']): boolean {
  return state === 'met' || state === 'held' || state === 'judged'
}

/** The stops after which nothing is known of what was still to come. */
const stopWords: Partial<Record<Report['stop'], string>> = {
  stuck: 'stuck, since the last round left the files as they had been before',
  time_limit: 'stopped at the time limit',
  interrupted: 'interrupted',
  refused: 'stopped, since what the model wanted to do was refused',
}

/** `Verdict: done (2 checks failed before and hold now; 4 of 5 criteria; 1 judged by the model)` */
function verdictLine(outcome: Outcome): string {
  const { stop, checks, criteria, isChanged, error } = outcome
  const judgement = judge(outcome)
  const isProven =
    checks.some(({ before, after }) => before !== 'ok' && after === 'ok') ||
    criteria.some(({ state }) => state === 'met' || state === 'judged')
  const failure = error === undefined ? undefined : `stopped: ${markdownLine(error.message)}`
  const words: Record<Judgement, string> = {
    done: isProven || checks.length === 0 ? 'done' : 'nothing broke',
    'not-done': 'not done',
    stopped: stopWords[stop] ?? (isChanged ? 'stopped' : 'nothing was changed'),
    'not-verified': 'not verified, since no check was run',
  }
  const facts = [...checkFacts(checks), ...criteriaFacts(criteria)]
  const word = judgement === 'stopped' || failure === undefined ? words[judgement] : failure
  return `Verdict: ${word}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}`
}

function checkFacts(all: readonly CheckRow[]): string[] {
  const checks = all.filter(({ required }) => required)
  const of = (state: CheckRow['after'], before?: 'held') =>
    checks.filter((row) => row.after === state && (before === undefined || row.before === 'ok')).length
  const held = of('ok', 'held')
  const mended = of('ok') - held
  const proof = mended === 0 ? ', which proves nothing about this task' : ''
  return [
    ...(mended > 0 ? [`${counted(mended, 'check')} failed before and ${mended === 1 ? 'holds' : 'hold'} now`] : []),
    ...(held > 0 ? [`${counted(held, 'check')} held before and ${held === 1 ? 'holds' : 'hold'} now${proof}`] : []),
    ...(of('failed') > 0 ? [`${counted(of('failed'), 'check')} ${of('failed') === 1 ? 'fails' : 'fail'}`] : []),
    ...(of('empty') > 0 ? [`${counted(of('empty'), 'check')} tested nothing`] : []),
    ...(of('not_run') > 0 ? [`${counted(of('not_run'), 'check')} not run at the end`] : []),
  ]
}

function criteriaFacts(criteria: readonly CriterionRow[]): string[] {
  if (criteria.length === 0) return []
  const fulfilled = criteria.filter(({ state }) => isFulfilled(state)).length
  const judged = criteria.filter(({ state }) => state === 'judged').length
  return [
    `${fulfilled} of ${counted(criteria.length, 'criterion', 'criteria')}`,
    ...(judged > 0 ? [`${judged} judged by the model`] : []),
  ]
}

function counted(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`
}

/** Characters of a quote that are shown. */
const maxQuote = 200

/** The verdict, and each criterion with what shows it. */
export function workAnswer(outcome: Outcome): string {
  const items = outcome.criteria.map(({ text, state, check, quote }) => {
    const ticked = state === 'held' ? ' (ticked in the spec)' : ''
    const by = check === null ? ticked : ` (${markdownLine(check)})`
    const shown = quote === null ? '' : ` (the model points at: ${markdownProse(clipLine(quote, maxQuote))})`
    return `- ${state}: ${markdownLine(text)}${by}${shown}`
  })
  const { untouched, isChanged } = outcome
  const named = untouched.map((path) => markdownLine(path)).join(', ')
  return [
    verdictLine(outcome),
    ...(items.length === 0 ? [] : ['', 'Criteria:', '', ...items]),
    ...(isChanged && untouched.length > 0 ? ['', `Not touched, although the task names them: ${named}`] : []),
  ].join('\n')
}

/** Why work that was not cut off by a failure ends with 4. */
export function workFailure(outcome: Outcome, timeout: number): LocalBrainError | undefined {
  const judgement = judge(outcome)
  if (judgement === 'not-verified') {
    return new LocalBrainError('incomplete', 'Not verified: no check was run that could show that the work is done', {
      hint: "--check '<command>' names one, --allow run lets those of the spec run, --no-checks does without",
    })
  }
  if (judgement !== 'stopped' || outcome.stop === 'interrupted') return undefined
  if (outcome.stop === 'time_limit') {
    return new LocalBrainError('timeout', `The time limit of ${timeout} s was reached`, {
      hint: `give it more time with --timeout ${timeout * 2}`,
    })
  }
  const message = outcome.stop === 'stuck' ? 'A round changed nothing, so the work was ended' : 'Nothing was changed'
  return new LocalBrainError('incomplete', outcome.stop === 'refused' ? refused : message, {
    hint: 'divide the task, say more about it, or try another model with --model',
  })
}

const refused = 'What the model wanted to do was refused, so the work was ended'

const workCodes: Record<Judgement, number> = { done: 0, 'not-done': 1, stopped: 4, 'not-verified': 4 }

/** The exit code of a written task. */
export function workExitCode(outcome: Outcome): number {
  if (outcome.stop === 'interrupted') return 130
  if (outcome.error !== undefined) return errorExitCode(outcome.error.code as ErrorCode)
  return workCodes[judge(outcome)]
}
