import { LocalBrainError } from '../../errors.ts'
import type { Severity } from '../../tasks/findings/severity.ts'
import { compact } from '../../report/compact.ts'
import { escapeLine } from '../../text/escape.ts'
import { lastReportOf } from '../../report/last.ts'
import { atOrAbove } from '../../report/exit-code.ts'
import { notReviewedPart } from '../../report/markdown.ts'
import type { Report } from '../../report/report.ts'
import type { RunRequest } from '../../app/request.ts'
import { run } from '../../app/run.ts'
import { type Store, createStore } from '../../store/store.ts'
import { rememberBlocked, wasBlocked } from './blocked.ts'

/** What a hook says, on standard error, and the exit code that git sees. */
export type HookOutcome = {
  lines: string[]
  /** Comes last when something is held up: how git lets it pass all the same. */
  toPass?: string
  /** Why nothing stands in the lines about these changes, or not about all of them; among the lines too. */
  problem?: string
  exitCode: number
}

export type HookPolicy = {
  /** What blocks; nothing does without it. */
  failOn?: Severity
  /** What could not be reviewed blocks too. */
  strict: boolean
}

export type HookReview = {
  /** Its work, root, folder and limits; what a hook needs besides is added here. */
  request: RunRequest
  policy: HookPolicy
  signal: AbortSignal
  /** Stands for these very changes: a second attempt passes. Asked only when something can block. */
  key: () => Promise<string>
  /** What is held up, as git calls it. */
  what: 'commit' | 'push'
}

export const silent: HookOutcome = { lines: [], exitCode: 0 }

/** One review under the policy of a hook: advice, and an obstacle only where the person asked for one. */
export async function reviewChanges(review: HookReview): Promise<HookOutcome> {
  const { request, policy, signal, what } = review
  const store = createStore(request.paths.state)
  const key = policy.failOn === undefined ? undefined : await review.key()
  if (key !== undefined && (await wasBlocked(store, key))) {
    const problem = `local-brain: these changes were blocked before; this ${what} passes`
    return { lines: [problem], problem, exitCode: 0 }
  }
  const report = await run(hookRequest(request, policy), { signal, emit: () => undefined })
  if (isWorthKeeping(report)) await store.save(lastReportOf(request.root ?? request.cwd, request.environment), report)
  return judge(report, { policy, what, store, key })
}

function isWorthKeeping({ reviewed, findings, error }: Report): boolean {
  return reviewed.length > 0 || (findings ?? []).length > 0 || error !== undefined
}

/** Parts of a change that a hook looks at; the others are named. */
const mostUnits = 8

function hookRequest(request: RunRequest, { failOn }: HookPolicy): RunRequest {
  return {
    ...request,
    hook: request.hook ?? true,
    limits: { ...request.limits, units: mostUnits },
    // Only what could block is worth the time of a second look.
    verify: failOn ?? false,
    failOn,
    model: { ...request.model, keepAlive: request.model?.keepAlive ?? '30m', think: false, loadedOnly: true },
  }
}

type Judging = Pick<HookReview, 'policy' | 'what'> & { store: Store; key: string | undefined }

async function judge(report: Report, { policy, what, store, key }: Judging): Promise<HookOutcome> {
  const findings = report.findings ?? []
  const gaps = report.notReviewed.filter((part) => part.gap)
  const conflicts = report.notReviewed.filter((part) => part.reason.startsWith('merge conflict'))
  if (findings.length + gaps.length + conflicts.length + report.reviewed.length === 0) return silent
  const { error } = report
  const problem =
    error === undefined || error.code === 'incomplete'
      ? undefined
      : oneLine(error, report.reviewed.length > 0 ? 'not all of it was reviewed' : 'not reviewed')
  const isNothing = problem !== undefined && findings.length + report.reviewed.length === 0
  const lines = isNothing ? [problem] : [...linesOf(report, [...gaps, ...conflicts]), ...(problem ? [problem] : [])]
  const blocking = policy.failOn === undefined ? [] : atOrAbove(findings, policy.failOn)
  if (blocking.length > 0) {
    if (key !== undefined) await rememberBlocked(store, key)
    const count = `${blocking.length} finding${blocking.length === 1 ? '' : 's'} at or above ${policy.failOn}`
    return { lines: [...lines, `${what} blocked: ${count}`], toPass: toPass(what, true), exitCode: 1 }
  }
  if (!policy.strict || (gaps.length === 0 && error === undefined)) {
    return { lines, problem, exitCode: 0 }
  }
  const why = report.reviewed.length > 0 ? 'not all of it was reviewed' : 'nothing was reviewed'
  return { lines: [...lines, `${what} blocked: ${why}`], toPass: toPass(what, false), exitCode: 3 }
}

/** They are about the whole review, so there are few. */
const mostWarnings = 5

/** What the report says, with the parts that should have been looked at and were not. */
function linesOf(report: Report, left: Report['notReviewed']): string[] {
  const byRule = report.notReviewed.filter((part) => !left.includes(part))
  return [
    ...compact({ ...report, notReviewed: left })
      .trimEnd()
      .split('\n'),
    ...skippedLine(byRule),
    ...report.warnings.slice(0, mostWarnings).map((warning) => `warning: ${escapeLine(warning)}`),
  ]
}

const mostNamed = 10

/** What a rule left out is no gap, but nobody should think that it was looked at. */
function skippedLine(parts: Report['notReviewed']): string[] {
  if (parts.length === 0) return []
  const named = parts
    .slice(0, mostNamed)
    .map((part) => notReviewedPart(part))
    .join(', ')
  const more = parts.length > mostNamed ? ` and ${parts.length - mostNamed} more: local-brain last --format json` : ''
  return [`skipped by rule: ${named}${more}`]
}

/** Nothing could be reviewed, for whatever reason: one line, and git goes on, unless the policy is strict. */
export function unreviewed(error: unknown, policy: HookPolicy, what: HookReview['what']): HookOutcome {
  const { message } = error as Error
  const problem = oneLine(error instanceof LocalBrainError ? error : { message, hint: 'this is a bug in local-brain' })
  if (!policy.strict) return { lines: [problem], problem, exitCode: 0 }
  return {
    lines: [problem, `${what} blocked: nothing was reviewed`],
    problem,
    toPass: toPass(what, false),
    exitCode: 3,
  }
}

/** Where the usual hint names what a hook does not have. */
const hookHints: Readonly<Record<string, string>> = {
  'remote-refused': 'a hook asks nothing but models on this machine',
  overflow: 'commit less at once, or keep a model loaded that has a larger window',
  unusable: 'try another model: give the hook --model <name>',
}

type Failure = { code?: string; message: string; hint?: string | undefined }

function oneLine({ code = '', message, hint = '' }: Failure, what = 'review skipped'): string {
  const how = hookHints[code] ?? hint
  return `local-brain: ${what}: ${escapeLine(message)}${how === '' ? '' : ` (hint: ${escapeLine(how)})`}`
}

function toPass(what: string, isRemembered: boolean): string {
  const again = isRemembered ? `the same ${what} passes the second time; ` : ''
  return `to pass: ${again}LOCAL_BRAIN_SKIP=1 git ${what} …; git ${what} --no-verify; with a hook manager SKIP=local-brain (pre-commit), HUSKY=0, LEFTHOOK=0`
}
