import { causesOf } from './causes.ts'
import type { Check, CheckResult, CheckState } from './check.ts'
import type { Commands } from './commands.ts'

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
