import type { Message, Model, Reply, ToolCall, Usage } from '../models/model.ts'
import { LocalBrainError, isError } from '../errors.ts'
import { callTool } from '../tools/call.ts'
import type { Tool } from '../tools/tool.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Emit } from './events.ts'
import { fitMessages } from './fit.ts'
import { repeats } from './repeats.ts'
import { addUsage, noUsage } from './usage.ts'

/** Why a run of the loop ended. Only `answered` and a `turn_limit` with text are whole answers. */
export type Stop = 'answered' | 'turn_limit' | 'time_limit' | 'context_full' | 'unusable' | 'interrupted'

export type ToolCallRecord = {
  turn: number
  name: string
  arguments: Record<string, unknown>
  ok: boolean
  recovered: boolean
  chars: number
  ms: number
}

export type Answer = {
  text: string
  stop: Stop
  turns: number
  usage: Usage
  messages: Message[]
  toolCalls: ToolCallRecord[]
  warnings: string[]
}

export type AgentTask = {
  messages: readonly Message[]
  tools: readonly Tool[]
  /** Requests at most; the last one offers no tools. */
  turns: number
  /** Tokens that one reply may have. */
  maxTokens: number
}

export type AgentContext = {
  model: Model
  workspace: Workspace
  emit: Emit
  /** Aborted at the deadline (reason: LocalBrainError 'timeout') or by the person. */
  signal: AbortSignal
  /** After this moment (epoch, ms) the next turn has to be the answer. */
  answerBy: number
}

/** What a window always keeps free for the reply, in tokens; a quarter of a small window. */
export function replyReserve(numCtx: number): number {
  return Math.min(1024, Math.floor(numCtx / 4))
}

/** A tool result may take a quarter of the window, so that three of them and the task fit together. */
function resultChars(model: Model): number {
  return Math.floor((model.window.numCtx / 4) * model.window.charsPerToken)
}

type Progress = Answer & { partial: string; calls: ReturnType<typeof repeats> }

/**
 * Ask the model. No tool calls: that is the answer. Otherwise run the calls in order, append the results, ask again.
 * The last allowed turn offers no tools, so that work is never thrown away. Reaching a limit is an Answer; what the
 * server does wrong (unreachable, died, …) rejects.
 */
export async function runAgent(task: AgentTask, context: AgentContext): Promise<Answer> {
  const progress: Progress = {
    text: '',
    stop: 'answered',
    turns: 0,
    usage: noUsage,
    messages: [...task.messages],
    toolCalls: [],
    warnings: [],
    partial: '',
    calls: repeats(),
  }
  try {
    while (!(await takeTurn(task, progress, context)));
  } catch (error) {
    progress.stop = stopFor(error, context.signal)
    progress.text = progress.partial
  }
  const { partial: _, calls: __, ...answer } = progress
  return answer
}

/** True when the loop is over. */
async function takeTurn(task: AgentTask, progress: Progress, context: AgentContext): Promise<boolean> {
  const turn = progress.turns + 1
  const last = turn >= task.turns || progress.calls.stuck() || Date.now() > context.answerBy
  const tools = last ? [] : task.tools
  context.emit({ type: 'turn_start', turn })
  const reply = await ask({ ...task, tools }, progress, context)
  progress.turns = turn
  progress.usage = addUsage(progress.usage, reply.usage)
  progress.warnings.push(...reply.warnings)
  progress.messages.push(reply.message)
  context.emit({ type: 'turn_end', turn, usage: reply.usage })
  if (reply.outcome === 'tools' && tools.length > 0) {
    await runCalls(reply.message.toolCalls, { turn, task, progress, context })
    return false
  }
  progress.text = reply.message.content
  progress.stop = stopOf(reply, task.tools.length > 0 && last, progress)
  return true
}

/** One request that fits the window. A prompt that the server still finds too long is made smaller once. */
async function ask(task: AgentTask, progress: Progress, context: AgentContext): Promise<Reply> {
  const { model, emit, signal } = context
  const specs = task.tools.map((tool) => tool.spec)
  const attempt = (share: number) => {
    const window = { ...model.window, numCtx: Math.floor(model.window.numCtx * share) }
    const fitted = fitMessages(progress.messages, specs, window, replyReserve(window.numCtx))
    if (fitted.clipped > 0) {
      progress.messages = fitted.messages
      note(progress, emit, `${fitted.clipped} older tool result(s) were removed to fit the window`)
    }
    progress.partial = ''
    const room = model.window.numCtx - fitted.promptTokens
    return model.chat(
      {
        messages: progress.messages,
        tools: specs,
        maxTokens: Math.max(64, Math.min(task.maxTokens, room)),
      },
      {
        signal,
        emit: (event) => {
          if (event.type === 'text') progress.partial += event.text
          if (event.type === 'retry') progress.partial = ''
          emit(event)
        },
      },
    )
  }
  try {
    return await attempt(1)
  } catch (error) {
    if (!isError(error, 'overflow') || !progress.messages.some((message) => message.role === 'tool')) throw error
    return attempt(0.6)
  }
}

type Round = { turn: number; task: AgentTask; progress: Progress; context: AgentContext }

async function runCalls(calls: readonly ToolCall[], round: Round): Promise<void> {
  const { turn, task, progress, context } = round
  const lastRound = turn + 1 >= task.turns
  for (const [index, call] of calls.entries()) {
    context.emit({ type: 'tool_start', turn, name: call.name, arguments: call.arguments })
    const outcome = await callOnce(call, round)
    const nudge = lastRound && index === calls.length - 1 ? '\n[no more tool calls: answer now with what you have]' : ''
    progress.messages.push({
      role: 'tool',
      toolName: call.name,
      toolCallId: call.id,
      content: outcome.result + nudge,
    })
    const { name, recovered } = call
    const { ok, ms, result } = outcome
    progress.toolCalls.push({ turn, name, arguments: call.arguments, ok, recovered, chars: result.length, ms })
    context.emit({ type: 'tool_end', turn, name, arguments: call.arguments, ok, recovered, result, ms })
  }
}

async function callOnce(call: ToolCall, round: Round): Promise<{ ok: boolean; result: string; ms: number }> {
  const { progress, context, task } = round
  const before = progress.calls.seen(call)
  if (before > 0) {
    const result = 'Error: this call was made before and its result stands above; use it, ask for something else, or answer'
    return { ok: false, result, ms: 0 }
  }
  return callTool(task.tools, call, {
    workspace: context.workspace,
    signal: context.signal,
    maxChars: resultChars(context.model),
  })
}

function stopOf(reply: Reply, withdrawn: boolean, progress: Progress): Stop {
  if (reply.outcome === 'cut') progress.warnings.push('the answer was cut at the limit of tokens for one reply')
  if (reply.outcome === 'context-full') return 'context_full'
  if (reply.outcome !== 'answer' || reply.message.content.trim() === '') return 'unusable'
  return withdrawn ? 'turn_limit' : 'answered'
}

function stopFor(error: unknown, signal: AbortSignal): Stop {
  if (signal.aborted) return isError(signal.reason, 'timeout') ? 'time_limit' : 'interrupted'
  if (isError(error, 'overflow')) return 'context_full'
  throw error
}

function note(progress: Progress, emit: Emit, message: string): void {
  progress.warnings.push(message)
  emit({ type: 'warning', message })
}

/** The error a deadline aborts with. */
export function deadlineError(seconds: number): LocalBrainError {
  return new LocalBrainError('timeout', `The time limit of ${seconds} s was reached`, {
    hint: `give it more time with --timeout ${seconds * 2}`,
  })
}
