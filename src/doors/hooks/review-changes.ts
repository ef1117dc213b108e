import * as z from 'zod'
import type { Watch } from '../../core/deadline.ts'
import type { Emit } from '../../core/events.ts'
import { LocalBrainError } from '../../errors.ts'
import type { Severity } from '../../skills/severity.ts'
import { escapeLine } from '../../text/escape.ts'
import { rememberReport } from '../../report/last.ts'
import { atOrAbove } from '../../report/exit-code.ts'
import { notReviewedPart } from '../../report/markdown.ts'
import type { Report } from '../../report/report.ts'
import type { RunRequest } from '../../app/request.ts'
import { run } from '../../app/run.ts'
import { type Store, createStore } from '../../store/store.ts'

/** What a hook says, on standard error, and the exit code that git sees. */
export type HookOutcome = {
  lines: string[]
  /** How to pass when something is blocked. Comes last. */
  toPass?: string
  /** Why these changes, or some of them, were not reviewed. It is one of the lines, too. */
  problem?: string
  exitCode: number
  /** There was nothing to review. */
  isNothing?: boolean
}

export type HookPolicy = {
  /** Findings at or above this severity block. Without it, none do. */
  failOn?: Severity
  /** Changes that could not be reviewed block, too. */
  strict: boolean
}

/** The lines that say what a review found, for whoever reads them. */
export type LayOut = (report: Report) => Promise<readonly string[]>

export type HookReview = {
  /** The input, root, folder and limits. Everything else that a hook needs is added here. */
  request: RunRequest
  policy: HookPolicy
  signal: AbortSignal
  emit: Emit
  watch?: Watch
  /** The start of the time limit, in milliseconds since the epoch. */
  since: number
  layOut: LayOut
  /** Identifies exactly these changes, so that a second attempt passes. Only called when something can block. */
  key: () => Promise<string>
  /** What may be blocked. */
  what: 'commit' | 'push'
}

export const silent: HookOutcome = { lines: [], exitCode: 0 }

/** Runs one review under the policy of a hook: it gives advice, and only blocks if the person asked for that. */
export async function reviewChanges(review: HookReview): Promise<HookOutcome> {
  const { request, policy, signal, emit, watch, since, layOut, what } = review
  const store = createStore(request.paths.state)
  const key = policy.failOn === undefined ? undefined : await review.key()
  if (key !== undefined && (await wasBlocked(store, key))) {
    const problem = `local-brain: these changes were blocked before; this ${what} passes`
    return { lines: [problem], problem, exitCode: 0 }
  }
  const report = await run(hookRequest(request, policy), { signal, watch, emit, since })
  if (isWorthKeeping(report)) await rememberReport(request.paths.state, request.root ?? request.cwd, report)
  return judge(report, { policy, layOut, what, store, key })
}

function isWorthKeeping({ reviewed, findings, error }: Report): boolean {
  return reviewed.length > 0 || (findings ?? []).length > 0 || error !== undefined
}

/** Parts of a change that a hook reviews. It names the others. */
const maxUnits = 8

function hookRequest(request: RunRequest, { failOn }: HookPolicy): RunRequest {
  return {
    ...request,
    hook: request.hook ?? true,
    limits: { ...request.limits, units: maxUnits },
    // Only findings that could block are worth the time of a second look.
    verify: failOn ?? false,
    failOn,
    model: {
      ...request.model,
      keepAlive: request.model?.keepAlive ?? '30m',
      think: false,
      loadedOnly: request.model?.loadedOnly ?? true,
    },
  }
}

type Judging = Pick<HookReview, 'policy' | 'layOut' | 'what'> & { store: Store; key: string | undefined }

async function judge(report: Report, { policy, layOut, what, store, key }: Judging): Promise<HookOutcome> {
  const findings = report.findings ?? []
  const gaps = report.notReviewed.filter((part) => part.gap)
  if (findings.length + leftOver(report).length + report.reviewed.length === 0) {
    return { lines: skippedLine(report.notReviewed), isNothing: true, exitCode: 0 }
  }
  const { error } = report
  const problem =
    error === undefined || error.code === 'incomplete'
      ? undefined
      : oneLine(error, report.reviewed.length > 0 ? 'not all of it was reviewed' : 'not reviewed')
  const isNothing = problem !== undefined && findings.length + report.reviewed.length === 0
  const said = isNothing ? [] : [...(await layOut(report)), ...warningLines(report)]
  const lines = problem === undefined ? said : [...said, problem]
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

/** Warnings are about the whole review, so there are few. */
const maxWarnings = 5

function warningLines({ warnings }: Report): string[] {
  return warnings.slice(0, maxWarnings).map((warning) => `warning: ${escapeLine(warning)}`)
}

/** The parts that should have been reviewed and were not. */
export function leftOver({ notReviewed }: Report): Report['notReviewed'] {
  return notReviewed.filter((part) => part.gap || part.reason.startsWith('merge conflict'))
}

const maxNamed = 10

/**
 * Parts that were left out by rule are not gaps, but they are named so that it is clear that they were not reviewed.
 */
export function skippedLine(parts: Report['notReviewed']): string[] {
  if (parts.length === 0) return []
  const named = parts
    .slice(0, maxNamed)
    .map((part) => notReviewedPart(part))
    .join(', ')
  const more = parts.length > maxNamed ? ` and ${parts.length - maxNamed} more: local-brain last --format json` : ''
  return [`skipped by rule: ${named}${more}`]
}

/** The outcome when nothing could be reviewed: one line, and git goes on unless the policy is strict. */
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

/** Hints for errors whose usual hint does not help in a hook. */
const hookHints: Readonly<Record<string, string>> = {
  'remote-refused': 'a hook only asks models on this machine',
  overflow: 'commit less at once, or keep a model with a larger window loaded',
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

const blockedSchema = z.array(z.string())
const blockedName = 'hook-blocked'
/** Older ones are forgotten. */
const maxBlocked = 100

/** True when these changes were blocked before: a person who tries again has read why and decided. */
async function wasBlocked(store: Store, key: string): Promise<boolean> {
  return ((await store.load(blockedName, blockedSchema)) ?? []).includes(key)
}

async function rememberBlocked(store: Store, key: string): Promise<void> {
  const before = (await store.load(blockedName, blockedSchema)) ?? []
  await store.save(blockedName, [...before.filter((one) => one !== key), key].slice(-maxBlocked))
}
