import type { Emit } from '../core/events.ts'
import { type LocalBrainError, isError } from '../errors.ts'
import type { RunChanges } from '../report/changes.ts'
import { verdictOf } from '../report/checks.ts'
import type { Check, CheckResult } from '../workspace/sandbox/check.ts'
import { type Commands, consentForAll, describeBox } from '../workspace/sandbox/commands.ts'
import { checkRows, checksOf, notRun, runChecks, runChecksAfter } from './checks.ts'
import type { Prepared } from './prepare.ts'
import type { Objection, WorkingCopy } from './working-copy.ts'

export type Verification = {
  /**
   * Keeps what was changed, and runs the checks on it. Where one of them does not hold, it is put nowhere. Where nothing
   * was changed, they say what they said before.
   */
  finish(keep: (objection: Objection) => Promise<RunChanges>): Promise<RunChanges>
}

/** `commands` is undefined where no program may be started. */
type Around = { commands: Commands | undefined; copy: WorkingCopy | undefined; emit: Emit; signal: AbortSignal }

/**
 * Runs the checks of a run before anything is changed. Undefined for a run without checks. Rejects with
 * LocalBrainError('sandbox-failed') when they can't be run.
 */
export async function startVerification(prepared: Prepared, around: Around): Promise<Verification | undefined> {
  const { skill, request } = prepared
  const checks = checksOf(skill, request.checks)
  if (checks.length === 0) return undefined
  const { commands, copy, emit, signal } = around
  const isAllowed = await allowsSkill(prepared, checks, around)
  // guard: checks-consent
  const allowed = checks.filter(({ given }) => given || isAllowed)
  const left = checks.filter((check) => !allowed.includes(check)).map(notRun)
  const context = commands && { commands, emit, signal }
  const before = context ? await runChecks(allowed, 'before', context) : []
  // Files that checks leave behind are not part of the work.
  // guard: checks-leave-nothing
  await copy?.restore(copy.start)
  return {
    async finish(keep) {
      let after: CheckResult[] = []
      let failure: LocalBrainError | undefined
      const rows = () => checkRows([...left, ...before], [...left, ...after])
      const changed = await keep(async (changes) => {
        try {
          after = changes.length > 0 && context ? await runChecksAfter(before, context) : before
        } catch (error) {
          // The changes are kept by now, so report them anyway.
          if (!isError(error)) throw error
          failure = error
        }
        return verdictOf(rows()) === 'hold' ? undefined : heldBack
      })
      return { ...changed, checks: rows(), error: changed.error ?? failure }
    },
  }
}

const heldBack =
  'the changes are only proposed, since a check does not hold: local-brain apply applies them all the same'

/** The person who runs a skill has not seen its checks, so they need consent like any other command. */
export async function allowsSkill(
  { session }: Pick<Prepared, 'session'>,
  checks: readonly Check[],
  { commands, signal }: Omit<Around, 'emit' | 'copy'>,
): Promise<boolean> {
  const lines = checks.flatMap(({ given, command }) => (given ? [] : [command]))
  if (lines.length === 0 || commands === undefined) return false
  const about = `in . · ${describeBox(commands)} · before the model works, and afterwards`
  const call = { id: 'checks', name: 'run_checks', arguments: {}, recovered: false }
  const preview = [...lines, about].join('\n')
  const consent = await consentForAll(lines, commands)
  return (await session.permit({ call, access: 'run', preview, ...consent }, signal)).allow
}
