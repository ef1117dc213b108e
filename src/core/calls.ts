import type { Model, ToolCall } from './model.ts'
import { callTool } from './call-tool.ts'
import type { Progress } from './answer.ts'
import type { AgentContext, AgentTask } from './task.ts'

type Round = { turn: number; task: AgentTask; progress: Progress; context: AgentContext }

/** Runs the calls of one reply in order; each result becomes a message of its own, so that the model is told of every one. */
export async function runCalls(calls: readonly ToolCall[], round: Round): Promise<void> {
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
    const result =
      'Error: this call was made before and its result stands above; use it, ask for something else, or answer'
    return { ok: false, result, ms: 0 }
  }
  return callTool(task.tools, call, {
    workspace: context.workspace,
    signal: context.signal,
    maxChars: resultChars(context.model),
  })
}

/** A tool result may take a quarter of the window, so that three of them and the task fit together. */
function resultChars({ window }: Model): number {
  return Math.floor((window.numCtx / 4) * window.charsPerToken)
}
