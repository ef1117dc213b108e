import { replyToClaude, runClaudeCode } from '../../hooks/claude-code.ts'
import { type HookOutcome, unreviewed } from '../../hooks/review-changes.ts'
import { onInterrupt } from '../interrupt.ts'
import { writeErr, writeOut } from '../output.ts'
import { programStart, readSettings } from '../settings.ts'
import { type HookOptions, hookPolicy, hookRequest, isCi, readHookInput } from './hook-request.ts'
import { showWaiting } from '../waiting-line.ts'

/** Its event on standard input, its protocol on the way out. */
export async function runForClaudeCode(options: HookOptions): Promise<void> {
  const settings = readSettings()
  if (settings.skip || isCi(settings)) return
  const policy = hookPolicy(options)
  const waiting = showWaiting()
  const interruption = onInterrupt((error, code) => {
    const { stdout, stderr, exitCode } = replyToClaude(unreviewed(error, policy, 'commit'))
    return { out: stdout, err: stderr && waiting.clear + stderr, code: code ?? exitCode }
  })
  const { signal, watch } = interruption
  try {
    const event = await readHookInput(options, signal)
    const request = await hookRequest(options, settings)
    const outcome = await runClaudeCode(
      { request, policy, signal, watch, since: programStart(), emit: waiting.emit },
      event,
    )
    waiting.stop()
    await end(outcome)
  } catch (error) {
    waiting.stop()
    // Nothing that goes wrong here may stop the work of an agent, unless that was asked for.
    // guard: agent-goes-on
    await end(unreviewed(error, policy, 'commit'))
  } finally {
    process.exitCode = interruption.code() ?? process.exitCode ?? 0
    interruption.stop()
  }
}

async function end(outcome: HookOutcome): Promise<void> {
  const { stdout, stderr, exitCode } = replyToClaude(outcome)
  process.exitCode = exitCode
  if (stdout !== '') await writeOut(stdout)
  if (stderr !== '') await writeErr(stderr)
}
