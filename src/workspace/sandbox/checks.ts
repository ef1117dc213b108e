import { causesOf } from './causes.ts'
import type { Commands } from './commands.ts'

/** A command whose exit code decides, whatever a model says. `given`: by the person, who lets it run by that. */
export type Check = { name: string; command: string; timeoutMs: number; required: boolean; given?: boolean }

/** `empty`: it ended well but tested nothing, which proves nothing. */
export type CheckState = 'ok' | 'failed' | 'empty' | 'not_run'

export type CheckResult = {
  check: Check
  state: CheckState
  exitCode: number | null
  ms: number
  /** As it was printed: untrusted. Where it failed, with what the sandbox may have to do with that. */
  output: string
  reason?: 'timeout' | 'output' | 'interrupted'
  /** It failed once, and held when it was run again. */
  flaky?: true
}

const defaultCheckMs = 300_000

type AskedCheck = {
  name: string
  command: string
  timeout?: number | undefined
  required: boolean
  given?: boolean
}

/** A check as a skill asks for it; its time in seconds. */
export function checkOf({ timeout, given = false, ...check }: AskedCheck): Check {
  return { ...check, given, timeoutMs: timeout === undefined ? defaultCheckMs : timeout * 1000 }
}

export async function runCheck(check: Check, commands: Commands, signal: AbortSignal): Promise<CheckResult> {
  const { command: line, timeoutMs } = check
  // guard: check-fresh
  const asked = { line, in: '.', timeoutMs, approvedBy: 'check' as const, fresh: true }
  const { exitCode, ms, output, reason, notes: said = [] } = await commands.run(asked, signal)
  const notes = [...causesOf({ exitCode, output }, commands), ...said.map((note) => `[${note}]`)].map(
    (note) => `${note}\n`,
  )
  const told = notes.length === 0 ? output : [output.replace(/\n?$/, '\n'), ...notes].join('')
  return { check, exitCode, ms, output: told, reason, state: stateOf(exitCode, output) }
}

/** pytest's exit code for a run that collected nothing. */
const nothingCollected = 5

function stateOf(exitCode: number | null, output: string): CheckState {
  if (exitCode === nothingCollected && /no tests ran|collected 0 items/i.test(output)) return 'empty'
  if (exitCode !== 0) return 'failed'
  // guard: empty-check
  return testedNothing(output) ? 'empty' : 'ok'
}

const saysNothing =
  /\bno tests? (?:ran|found|files?|to run|were (?:run|found|executed))\b|\b(?:ran|running|collected|executed) 0 (?:tests?|items?|specs?)\b|\b0 (?:tests?|specs?|examples?|scenarios)\b(?! failed)|\[no test files\]|\b0 passing\b|^# tests 0$|^make(?:\[\d+\])?: (?:[`'](?:check|tests?|spec)' is up to date|nothing to be done for [`'](?:check|tests?|spec)')/im
const saysSomething =
  /\b[1-9]\d* (?:tests?|specs?|examples?|scenarios|passed|passing|assertions?|items?)\b|\b(?:ran|collected|executed) [1-9]\d*\b|^ok\s+\S+\s+(?:[\d.]+s|\(cached\))|^# tests [1-9]|^Tests run: [1-9]/im

/** Whether a run of tests says that it had none. Output that speaks of no tests at all is that of another kind of check. */
function testedNothing(output: string): boolean {
  const text = output.slice(-20_000)
  return (saysNothing.test(text) && !saysSomething.test(text)) || skippedAll(text)
}

const skipsSome =
  /^(?:=+ )?[1-9]\d* (?:skipped|deselected|xfailed)\b.* in [\d.]+m?s|^\s*Tests:?\s+[1-9]\d* (?:skipped|todo)\b|^[#ℹ] pass 0$|^test result: ok\. 0 passed; 0 failed; [1-9]/m
const passesSome = /\b[1-9]\d* pass(?:ed|ing)\b|^[#ℹ] pass [1-9]/m

/** Of runners that count what they skip. */
function skippedAll(text: string): boolean {
  const [, skipped] = /^OK \([^)\r\n]*\bskipped=(\d+)/m.exec(text) ?? []
  const [, ran] = /^Ran (\d+) tests?\b/m.exec(text) ?? []
  if (skipped !== undefined && ran !== undefined) return Number(skipped) >= Number(ran)
  return skipsSome.test(text) && !passesSome.test(text)
}
