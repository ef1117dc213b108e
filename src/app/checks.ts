import type { Emit } from '../core/events.ts'
import type { CheckRow } from '../report/report.ts'
import type { Skill } from '../skills/skill.ts'
import { type Check, type CheckResult, checkOf } from '../workspace/sandbox/check.ts'
import { runCheck } from '../workspace/sandbox/run-check.ts'
import type { Commands } from '../workspace/sandbox/commands.ts'

export type CheckContext = {
  commands: Commands
  emit: Emit
  /** Of the run: a check that it cuts off, and those after it, have not run. */
  signal: AbortSignal
}

/**
 * The checks of a skill and those that a person adds as commands, each command once. Call it at the start and keep the
 * result: what a model changes later is never asked what the checks are.
 */
export function checksOf({ checks }: Pick<Skill, 'checks'>, added: readonly string[] = []): Check[] {
  const known = new Set(checks.map(({ command }) => command))
  const others = [...new Set(added)].filter((command) => !known.has(command))
  const own = checks.map((check) => checkOf({ ...check, given: added.includes(check.command) }))
  return [...own, ...others.map((command) => checkOf({ name: command, command, required: true, given: true }))]
}

/** Runs them in their order. Rejects with LocalBrainError('sandbox-failed') when the sandbox can't be put up. */
export async function runChecks(
  checks: readonly Check[],
  when: 'before' | 'after',
  { commands, emit, signal }: CheckContext,
): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for (const check of checks) {
    if (signal.aborted) {
      results.push(notRun(check))
      continue
    }
    const { name } = check
    emit({ type: 'check_start', name, when })
    const ended = await runCheck(check, commands, signal).catch((error: unknown) => {
      if (signal.aborted) return notRun(check)
      throw error
    })
    const result = ended.reason === 'interrupted' ? { ...notRun(check), ms: ended.ms } : ended
    emit({ type: 'check_end', name, when, state: result.state, exitCode: result.exitCode, ms: result.ms })
    results.push(result)
  }
  return results
}

/** A check that nobody allowed, or that there was no time for. */
export function notRun(check: Check): CheckResult {
  return { check, state: 'not_run', exitCode: null, ms: 0, output: '' }
}

/**
 * Runs the checks after the work. One that held before and fails now may only be unsteady, so it gets a second try, unless
 * another required check fails anyway: then it could not change the verdict.
 */
export async function runChecksAfter(before: readonly CheckResult[], context: CheckContext): Promise<CheckResult[]> {
  const checks = before.map(({ check }) => check)
  const results = await runChecks(checks, 'after', context)
  const held = new Set(before.flatMap(({ check, state }) => (state === 'ok' ? [check] : [])))
  const isDoubtful = ({ check, state }: CheckResult) => check.required && state === 'failed' && held.has(check)
  const isLost = results.some((result) => result.check.required && result.state !== 'ok' && !isDoubtful(result))
  // guard: flaky-check
  if (isLost) return results
  const settled: CheckResult[] = []
  for (const result of results) {
    const [second] = isDoubtful(result) ? await runChecks([result.check], 'after', context) : []
    if (second === undefined || second.state === 'not_run') settled.push(result)
    else settled.push(second.state === 'ok' ? { ...second, flaky: true } : second)
    // The verdict is settled.
    if (second?.state === 'failed') return [...settled, ...results.slice(settled.length)]
  }
  return settled
}

/** Characters of a check's output that a report keeps: the end, where failures are summed up. */
const keptOutput = 4096

/** The checks as a report has them. What it says of a run is about the last one. */
export function checkRows(before: readonly CheckResult[], after: readonly CheckResult[]): CheckRow[] {
  return before.map((first, at) => {
    const second = after[at] ?? notRun(first.check)
    const { exitCode, ms, output } = second.state === 'not_run' ? first : second
    const { name, command, required } = first.check
    const flaky = second.flaky
    const kept = output.slice(-keptOutput)
    return { name, command, required, before: first.state, after: second.state, flaky, exitCode, ms, output: kept }
  })
}
