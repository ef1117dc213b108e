import type { CallPlan, ToolContext } from '../core/tool.ts'
import { LocalBrainError } from '../errors.ts'
import { escapeText } from '../text/escape.ts'
import { causesOf } from '../workspace/sandbox/causes.ts'
import { type Commands, type Ran, describeBox } from '../workspace/sandbox/commands.ts'
import { maxOutputBytes } from '../workspace/sandbox/output.ts'

/** The commands of a context. A run without a sandbox offers no tool that needs them. */
export function useCommands({ commands }: ToolContext): Commands {
  if (commands !== undefined) return commands
  throw new LocalBrainError('not-available', 'Commands cannot be run here. Answer with what you have')
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** A command as a tool is asked for it. `listed`: the line that has to be on the lists of what may be run. */
type Asked = {
  listed: string
  /** Default: bash runs the line. */
  program?: readonly string[]
  input?: string
  folder?: string | undefined
  seconds: number
}

export const defaultSeconds = 120
export const maxSeconds = 600

/** What a person is shown before it runs, and what it takes to run it. `text`: the command or the code. */
export async function planCommand(text: string, asked: Asked, context: ToolContext): Promise<CallPlan> {
  const commands = useCommands(context)
  const { listed, folder = '.', seconds } = asked
  await commands.check(listed)
  const preview = `${text}\nin ${folder} · ${describeBox(commands)} · up to ${seconds} s`
  return { preview, ...(await commands.consentFor(listed)), run: async (running) => runShown(asked, running) }
}

/** Runs it, and says how it ended. */
async function runShown({ listed, folder = '.', seconds, ...asked }: Asked, context: ToolContext): Promise<string> {
  const commands = useCommands(context)
  await commands.check(listed)
  const timeoutMs = seconds * 1000
  const { approvedBy } = context
  const ended = await commands.run({ ...asked, line: listed, in: folder, timeoutMs, approvedBy }, context.signal)
  context.workspace.refresh()
  return showEnded(ended, timeoutMs, context.maxChars, commands)
}

/** How a command ended, for the model: its exit code and time, then what it printed, then why it may have failed. */
function showEnded(ended: Ran, timeoutMs: number, maxChars: number, commands: Commands): string {
  const printed = showOutput(ended.output, maxChars - 200)
  const notes = (ended.notes ?? []).map((note) => `[${note}]`)
  return [headOf(ended, timeoutMs), printed || '(it printed nothing)', ...causesOf(ended, commands), ...notes].join(
    '\n',
  )
}

function headOf({ exitCode, ms, reason }: Ran, timeoutMs: number): string {
  if (reason === 'timeout') return `it took longer than ${timeoutMs / 1000} s and was ended`
  if (reason === 'output') return `it printed more than ${maxOutputBytes / 1024 / 1024} MB and was ended`
  if (reason === 'interrupted') return 'it was interrupted'
  return exitCode === null ? `ended by a signal after ${seconds(ms)}` : `exit ${exitCode} after ${seconds(ms)}`
}

// oxlint-disable-next-line no-control-regex
const colours = /\u001b\[[\d;]*m/g

/** The beginning and, three times as long, the end: errors come last. */
export function showOutput(output: string, maxChars: number): string {
  const text = escapeText(output.replaceAll(colours, '')).trimEnd()
  if (text.length <= maxChars) return text
  const head = Math.max(0, Math.floor(maxChars / 4) - 60)
  const tail = Math.max(0, maxChars - head - 60)
  return `${text.slice(0, head)}\n[${text.length - head - tail} characters left out]\n${text.slice(text.length - tail)}`
}
