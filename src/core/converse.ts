import type { Reply } from './model.ts'
import { isError } from '../errors.ts'
import type { Answer, Progress, Stop } from './answer.ts'
import { runCalls } from './calls.ts'
import { fitMessages, replyReserve } from './fit.ts'
import { repeats } from './repeats.ts'
import type { AgentContext, AgentTask } from './task.ts'
import { addUsage, noUsage } from './usage.ts'

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
  // guard: last-turn
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
  const whole = context.model.window.numCtx
  const promptTokens = makeRoom(whole, task, progress, context)
  try {
    return await send(promptTokens, task, progress, context)
  } catch (error) {
    if (!isError(error, 'overflow') || !progress.messages.some((message) => message.role === 'tool')) throw error
    // The estimate was too low, so what it called fitting has to shrink, not only what it called too long.
    const smaller = makeRoom(Math.min(whole, promptTokens) * 0.6, task, progress, context)
    return send(smaller, task, progress, context)
  }
}

/** Shortens the history to `tokens` with the reply, and returns what the prompt then takes by our estimate. */
function makeRoom(tokens: number, { tools }: AgentTask, progress: Progress, { model, emit }: AgentContext): number {
  const window = { ...model.window, numCtx: Math.floor(tokens) }
  const specs = tools.map((tool) => tool.spec)
  const fitted = fitMessages(progress.messages, specs, window, replyReserve(window.numCtx))
  if (fitted.clipped > 0) {
    const message = `${fitted.clipped} older tool result(s) were removed to fit the window`
    progress.messages = fitted.messages
    progress.warnings.push(message)
    emit({ type: 'warning', message })
  }
  return fitted.promptTokens
}

function send(promptTokens: number, task: AgentTask, progress: Progress, { model, signal, emit }: AgentContext) {
  progress.partial = ''
  const maxTokens = Math.max(64, Math.min(task.maxTokens, model.window.numCtx - promptTokens))
  return model.chat(
    { messages: progress.messages, tools: task.tools.map((tool) => tool.spec), maxTokens },
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

function stopOf(reply: Reply, withdrawn: boolean, progress: Progress): Stop {
  if (reply.outcome === 'cut') progress.warnings.push('the answer was cut at the limit of tokens for one reply')
  if (reply.outcome === 'context-full') return 'context_full'
  if (reply.outcome !== 'answer' || reply.message.content.trim() === '') return 'unusable'
  return withdrawn ? 'turn_limit' : 'answered'
}

function stopFor(error: unknown, signal: AbortSignal): Stop {
  if (isError(error, 'busy')) throw error
  if (signal.aborted) return isError(signal.reason, 'timeout') ? 'time_limit' : 'interrupted'
  if (isError(error, 'overflow')) return 'context_full'
  throw error
}
