import { LocalBrainError } from '../../errors.ts'
import { escapeText } from '../../text/escape.ts'
import { watchApprovals } from '../approvals.ts'
import type { State } from './state.ts'

const timeoutMs = 600_000
/** Share of the window that the output may take in the next message. */
const outputShare = 0.15

/** Runs a command that the person typed, in the sandbox. It can be taken back like what a turn changed. */
export async function ownCommand(state: State, command: string, signal: AbortSignal): Promise<string> {
  const { hands, steps, recorder, pending, model, session, hub, request } = state
  const { commands } = hands
  if (commands === undefined) {
    throw new LocalBrainError('usage', 'Commands cannot be run here', {
      hint: session.warnings[0] ?? 'local-brain doctor says why',
    })
  }
  const { to } = hub
  const watched = watchApprovals(to)
  hub.to = watched.emit
  await steps.begin()
  try {
    const ended = await commands.run({ line: command, approvedBy: 'person', in: '.', timeoutMs }, signal)
    const how = ended.reason === undefined ? `exit ${ended.exitCode ?? 'by a signal'}` : `ended: ${ended.reason}`
    const output = escapeText(ended.output.trimEnd())
    const chars = model.bytes(model.window * outputShare)
    const shown = output.length > chars ? `[…]\n${output.slice(-chars)}` : output
    const notes = (ended.notes ?? []).map((note) => `\n[${note}]`).join('')
    pending.push(`[The person ran \`${command}\` (${how}). It printed:]\n${shown === '' ? '[nothing]' : shown}${notes}`)
    return `${output}${output === '' ? '' : '\n'}[${how}, ${(ended.ms / 1000).toFixed(1)} s]`
  } finally {
    recorder.changes(await steps.end(`!${command}`))
    hub.to = to
    await watched.keep(request.paths.state, session.workspace.root)
  }
}
