import type { Watch } from '../core/deadline.ts'
import { LocalBrainError, isError } from '../errors.ts'
import { changesSummary, type RunChanges, reportChanges } from '../report/changes.ts'
import type { Report } from '../report/report.ts'
import { inWords } from '../workspace/changes/failure.ts'
import type { Skill } from '../skills/skill.ts'
import type { Change } from '../workspace/edit-policy.ts'
import type { Editor } from '../workspace/edit.ts'
import type { Approvals } from './approvals.ts'
import { changeLimits } from './limits.ts'
import type { Prepared } from './prepare.ts'
import type { RunRequest } from './request.ts'
import type { Verification } from './verify.ts'
import type { Objection } from './working-copy.ts'

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
  try {
    const verification = await verificationOf(prepared, around)
    const report = await run().catch(async (error: unknown) => {
      await tellKept(prepared, around)
      throw error
    })
    const changed = await keepChanges(prepared, around, verification).catch(notKept)
    const hands = session.isOpen() ? await session.hands().catch(() => undefined) : undefined
    const about = { access: accessOf(prepared, hands?.commands?.sandbox ?? null), approvals: around.counts() }
    const commands = session.sandbox === undefined ? undefined : around.commands()
    const whole = changed === undefined ? report : reportChanges(report, changed)
    return { ...whole, ...about, commands, warnings: [...whole.warnings, ...unchanged(prepared, whole)] }
  } finally {
    await around.keep(request.paths.state, session.workspace.root)
  }
}

/** Small models tell of changes that they did not make. A skill that runs commands may have been asked for nothing else. */
function unchanged({ skill, nothing }: Prepared, { stop, changes = [], error }: Report): string[] {
  const isAnswer = nothing === undefined && stop === 'answered' && error === undefined
  return isAnswer && skill.access === 'write' && changes.length === 0 ? ['no file was changed'] : []
}

/** A run that failed still keeps what it changed. */
async function tellKept(prepared: Prepared, around: Around): Promise<void> {
  const { changes = [], proposal } = (await keepChanges(prepared, around, unfinished).catch(() => undefined)) ?? {}
  if (proposal == null) return
  const message = `What was changed so far is kept as a proposal (${changesSummary(changes)}): local-brain changes show`
  around.emit({ type: 'warning', message })
}

/** Unfinished changes are only proposed. */
const unfinished: Verification = { finish: async (keep) => keep(async () => 'the run failed') }

/** The answer is there all the same. */
export function notKept(thrown: unknown): RunChanges {
  const error = inWords(thrown)
  if (!isError(error)) throw thrown
  return { changes: [], patch: '', patchFile: null, proposal: null, warnings: [], error }
}

/** The suggestions of a review as a proposal. */
async function withFixes(prepared: Prepared, around: Around, report: Report): Promise<Report> {
  const { session, request } = prepared
  const { proposeFixes } = await import('./fix.ts')
  try {
    const changed = await proposeFixes(report.findings ?? [], prepared, around)
    const commands = session.sandbox === undefined ? undefined : around.commands()
    return { ...reportChanges(report, changed), access: accessOf(prepared, session.sandbox?.name ?? null), commands }
  } finally {
    await around.keep(request.paths.state, session.workspace.root)
  }
}

/** Undefined for a run without checks. */
async function verificationOf(prepared: Prepared, { emit, signal }: Around): Promise<Verification | undefined> {
  const { session, skill, request, nothing } = prepared
  if (nothing !== undefined || (skill.checks.length === 0 && !request.checks?.length)) return undefined
  const { startVerification } = await import('./verify.ts')
  const { commands, copy } = await session.hands()
  return startVerification(prepared, { commands, copy, emit, signal })
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
    const changed = await finish(prepared, verification, () => clearTimeout(timer))
    for (const { path, kind, from, added, removed, by } of changed?.changes ?? [])
      if (by === 'command') emit({ type: 'change', path, kind, from, added, removed, by })
    return changed
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
  const { copy, editor } = await session.hands()
  if (copy === undefined) return undefined
  // It takes a look at the whole copy.
  if (verification !== undefined || skill.scope !== undefined) await copy.keepToProposal()
  let tooMuch: LocalBrainError | undefined
  const keep = async (objection: Objection = async () => undefined) =>
    copy.finish(prompt === '' ? skill.name : prompt, async (changes) => {
      onKept()
      tooMuch = beyondLimits(changes, editor, skill)
      return tooMuch?.message ?? objection(changes)
    })
  const changed = await (verification?.finish(keep) ?? keep())
  return { ...changed, changes: changedBy(changed.changes, editor), error: changed.error ?? tooMuch }
}

/**
 * Tools keep to the limits of a run before they change anything; what commands changed is only seen afterwards. Undefined
 * while that is within the limits.
 */
export function beyondLimits(
  changes: readonly Change[],
  editor: Pick<Editor, 'changes'> | undefined,
  skill: Skill,
): LocalBrainError | undefined {
  const limits = changeLimits(skill)
  const byCommands = withoutEdited(changes, editor)
  const lines = byCommands.reduce((sum, { added, removed }) => sum + added + removed, 0)
  // guard: limits-of-commands
  if (byCommands.length <= limits.files && lines <= limits.lines) return undefined
  const [what, most] = byCommands.length > limits.files ? ['files', limits.files] : ['lines', limits.lines]
  const number = what === 'files' ? byCommands.length : lines
  const words = `Commands changed ${number.toLocaleString('en-US')} ${what}, and a run changes at most ${most.toLocaleString('en-US')}`
  return new LocalBrainError('incomplete', words, {
    hint: 'local-brain changes show; local-brain apply takes them over',
  })
}

function withoutEdited<T extends Pick<Change, 'path' | 'from'>>(
  changes: readonly T[],
  editor: Pick<Editor, 'changes'> | undefined,
): T[] {
  const edited = new Set<string>(editor?.changes.flatMap(({ path, from = path }) => [path, from]))
  return changes.filter(({ path, from = path }) => !edited.has(path) && !edited.has(from))
}

/** A file that no tool wrote was changed by a command. */
export function changedBy(
  changes: RunChanges['changes'],
  editor: Pick<Editor, 'changes'> | undefined,
): RunChanges['changes'] {
  const byCommands = new Set(withoutEdited(changes, editor))
  return changes.map((change) => (byCommands.has(change) ? { ...change, by: 'command' as const } : change))
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
    network: network || sandbox === 'none',
    scratch: 'copy',
  }
}
