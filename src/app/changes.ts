import type { Watch } from '../core/deadline.ts'
import { isError } from '../errors.ts'
import { changesSummary, type RunChanges, withChanges as reported } from '../report/changes.ts'
import type { Report } from '../report/report.ts'
import { inWords } from '../workspace/changes/failure.ts'
import type { Skill } from '../skills/skill.ts'
import type { Approvals } from './approvals.ts'
import type { Prepared } from './prepare.ts'
import type { RunRequest } from './request.ts'
import type { Verification } from './verify.ts'

/** `signal`: of the run. */
type Around = Approvals & { signal: AbortSignal; watch?: Watch | undefined }

/**
 * The report of a run, with what was changed in its copy and what its checks say. What was changed is kept as a proposal
 * however the run ends. A run that may only read has the report that it always had.
 */
export async function withChanges(prepared: Prepared, around: Around, run: () => Promise<Report>): Promise<Report> {
  const { session, request } = prepared
  if (request.fix) return withFixes(prepared, around, await run())
  if (session.access === 'read') return run()
  const approvals = around
  const verification = await verificationOf(prepared, around)
  let report: Report
  const keep = async (verified?: Verification) => keepChanges(prepared, around, verified)
  try {
    report = await run()
  } catch (error) {
    const { changes = [], proposal } = (await keep().catch(() => undefined)) ?? {}
    if (proposal != null) {
      const message = `What was changed so far is kept as a proposal (${changesSummary(changes)}): local-brain changes show`
      approvals.emit({ type: 'warning', message })
    }
    throw error
  } finally {
    await approvals.keep(request.paths.state)
  }
  const changed = await keep(verification).catch(notKept)
  const hands = session.isOpen() ? await session.hands().catch(() => undefined) : undefined
  const about = { access: accessOf(prepared, hands?.commands?.sandbox ?? null), approvals: approvals.counts() }
  return { ...(changed === undefined ? report : reported(report, changed)), ...about }
}

/** The answer is there all the same. */
export function notKept(thrown: unknown): RunChanges {
  const error = inWords(thrown)
  if (!isError(error)) throw thrown
  return { changes: [], patch: '', patchFile: null, proposal: null, warnings: [], error }
}

/** The suggestions of a review as a proposal. */
async function withFixes(prepared: Prepared, { emit, signal }: Around, report: Report): Promise<Report> {
  const { proposeFixes } = await import('./fix.ts')
  const changed = await proposeFixes(report.findings ?? [], prepared, { emit, signal })
  return { ...reported(report, changed), access: accessOf(prepared, null) }
}

/** Undefined for a run without checks. */
async function verificationOf(prepared: Prepared, { emit, signal }: Around): Promise<Verification | undefined> {
  const { session, skill, request, nothing } = prepared
  if (nothing !== undefined || (skill.checks.length === 0 && !request.checks?.length)) return undefined
  const { startVerification } = await import('./verify.ts')
  return startVerification(prepared, { commands: (await session.hands()).commands, emit, signal })
}

/** Milliseconds. Whoever pressed Ctrl-C hears of what takes longer. */
const longMs = 1500

/** Nothing but another signal ends this early. */
async function keepChanges(
  prepared: Prepared,
  { emit, watch }: Around,
  verification: Verification | undefined,
): Promise<RunChanges | undefined> {
  if (!prepared.session.isOpen()) return undefined
  watch?.keeping()
  const message = 'keeping what was changed takes longer than usual; Ctrl-C ends it at once'
  const timer = setTimeout(() => emit({ type: 'warning', message }), longMs)
  try {
    // Checks run once it is kept, and have their own time.
    return await finish(prepared, verification, () => clearTimeout(timer))
  } finally {
    clearTimeout(timer)
  }
}

/** Undefined when the run did not get as far as making a copy. */
async function finish(
  { session, prompt, skill }: Prepared,
  verification: Verification | undefined,
  onKept: () => void,
): Promise<RunChanges | undefined> {
  const { copy } = await session.hands()
  if (copy === undefined) return undefined
  const title = prompt === '' ? skill.name : prompt
  return verification === undefined
    ? copy.finish(title)
    : verification.finish((objection) =>
        copy.finish(title, async (isChanged) => {
          onKept()
          return objection(isChanged)
        }),
      )
}

export function accessOf(
  { skill, request }: { skill: Pick<Skill, 'access'>; request: Pick<RunRequest, 'allow' | 'network'> },
  sandbox: string | null,
): NonNullable<Report['access']> {
  const { allow = 'read', network = false } = request
  const levels = { read: [], write: ['write'], run: ['write', 'run'] } as const
  return {
    skill: skill.access,
    allowed: [...levels[allow], ...(network ? (['net'] as const) : [])],
    sandbox,
    network,
    scratch: 'copy',
  }
}
