import { clipLine } from '../text/clip.ts'
import { underOurName } from './aliases.ts'
import type { Answer } from './answer.ts'
import { callTool, type ToolResult } from './call-tool.ts'
import type { ConversationSettings, SendLimits } from './conversation-settings.ts'
import type { Message, ToolCall } from './model.ts'
import { type Decision, type Permit, questionKey } from './permission.ts'
import type { Repeats } from './repeats.ts'
import type { Seen } from './seen.ts'

/** The messages of a conversation. Only appended to, except that old tool results are shortened to fit the window. */
export type History = {
  messages: Message[]
  /** What the model has read of the files, which it may no longer see in the messages. */
  seen: Seen
}

/** What running calls needs to know of one `send`, and what it adds to it. */
export type CallState = {
  history: History
  settings: ConversationSettings
  limits: SendLimits
  answer: Answer
  calls: Repeats
  /** What was decided about each question so far. */
  decisions: Map<string, Decision>
  /** Refused calls in a row. */
  refused: number
}

/**
 * Runs the calls of one reply in order. Each gets a message with its result, even when it is no longer run because of
 * an abort. Calls of the caller's tools are left to the caller.
 */
export async function runCalls(calls: readonly ToolCall[], turn: number, progress: CallState): Promise<void> {
  const { settings, limits, answer } = progress
  const callers = new Set(settings.callerTools?.map(({ name }) => name))
  const own = calls.filter(({ name }) => !callers.has(name))
  answer.calls = calls.filter(({ name }) => callers.has(name))
  const names = settings.tools.map(({ name }) => name)
  for (const [index, written] of own.entries()) {
    const renamed = underOurName(written, names)
    const call = renamed ?? written
    const { id, name, recovered } = call
    const about = { turn, id, name, arguments: call.arguments }
    settings.emit({ type: 'tool_start', ...about })
    const { ok, result, ms } = await callOnce(call, progress)
    const mayCallAgain = turn + 1 < limits.turns || index < own.length - 1
    const nudge = mayCallAgain ? '' : '\n[no more tool calls: answer now with what you have]'
    const content = result + nudge
    progress.history.messages.push({ role: 'tool', toolName: written.name, toolCallId: id, content })
    const alias = renamed === undefined ? undefined : true
    answer.toolCalls.push({ turn, name, arguments: call.arguments, ok, recovered, alias, chars: result.length, ms })
    settings.emit({ type: 'tool_end', ...about, ok, recovered, result, ms })
  }
}

const repeated = 'Error: this call was made before and its result is above; use it, ask for something else, or answer'

/** A model that is refused so often does not take no for an answer. */
const maxRefused = 3

const unrun = 'Error: not run, since what came before it was refused'

export function isRefused({ refused }: CallState): boolean {
  // guard: refused-thrice
  return refused >= maxRefused
}

function refusedWarning({ result }: ToolResult): string {
  return `stopped, since what the model wanted was refused: ${clipLine(result.replace(/^Error: /, ''), 200)}`
}

async function callOnce(call: ToolCall, progress: CallState): Promise<ToolResult> {
  const { calls, limits } = progress
  if (limits.signal.aborted) return { ok: false, result: 'Error: stopped before this call was run', ms: 0 }
  if (isRefused(progress)) return { ok: false, result: unrun, ms: 0 }
  if (calls.seen(call)) return { ok: false, result: repeated, ms: 0 }
  try {
    const result = await callAllowed(call, progress)
    if (result.stop === true) progress.refused = maxRefused
    if (result.refused === true && isRefused(progress)) progress.answer.warnings.push(refusedWarning(result))
    if (result.refused !== true && result.again !== true) calls.note(call)
    return result
  } catch (error) {
    // An abort: the call still gets a result, so that the conversation can go on.
    if (!limits.signal.aborted) throw error
    return { ok: false, result: 'Error: stopped while this call was running', ms: 0 }
  }
}

async function callAllowed(call: ToolCall, progress: CallState): Promise<ToolResult> {
  const { calls, history, settings, limits } = progress
  const { tools, workspace, editor, commands, model } = settings
  const access = tools.find(({ name }) => name === call.name)?.access ?? 'read'
  let done = false
  try {
    // A result may take a quarter of the window, so that three results fit beside the task.
    const maxChars = model.bytes(model.window / 4)
    const permit = permitOnce(progress)
    const seen = watched(history.seen, calls)
    const context = { workspace, editor, commands, seen, signal: limits.signal, maxChars, permit }
    const result = await callTool(tools, call, context)
    done = result.ok
    return result
  } finally {
    // A program that fails may have changed something all the same.
    if (access === 'run' || (access === 'write' && done)) calls.forget()
  }
}

/** The same memory; what is written is counted too. */
function watched(seen: Seen, { wrote }: Repeats): Seen {
  return {
    ...seen,
    wrote(...[path, text, knows]) {
      wrote(path, text)
      seen.wrote(path, text, knows)
    },
  }
}

/** Asks about the same thing once: the same question gets the same answer. */
function permitOnce(progress: CallState): Permit {
  const { decisions, settings } = progress
  return async (question, signal) => {
    if (question.access === 'read') return settings.permit(question, signal)
    const key = JSON.stringify([questionKey(question.call), question.preview, question.sensitive, question.overLimit])
    const decision = decisions.get(key) ?? (await settings.permit(question, signal))
    decisions.set(key, decision)
    progress.refused = decision.allow ? 0 : progress.refused + 1
    return decision
  }
}
