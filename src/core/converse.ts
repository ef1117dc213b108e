import { isError, LocalBrainError } from '../errors.ts'
import type { Answer } from './answer.ts'
import { compactMessages } from './compact.ts'
import type { ConversationSettings, SendLimits } from './conversation-settings.ts'
import { fitMessages } from './fit.ts'
import { type Reply, type ToolSpec, specOf } from './model.ts'
import { repeats } from './repeats.ts'
import { type CallState, type History, isRefused, runCalls } from './run-calls.ts'
import { type Stop, stopFor } from './stop.ts'
import { addUsage, noUsage } from './usage.ts'

/** The state of one `send`. */
type Progress = CallState & {
  /** The text so far of the reply that is being written. */
  partial: string
  /** The model was told that the error of a tool is no answer. */
  corrected: boolean
}

/**
 * Asks the model. A reply without tool calls is the answer. Otherwise runs the calls in order, appends the results and
 * asks again. The last allowed turn offers no tools, so that the model has to answer with what it has. Reaching a limit
 * is an Answer; errors of the server (unreachable, died, …) reject.
 */
export async function converse(history: History, settings: ConversationSettings, limits: SendLimits): Promise<Answer> {
  const answer: Answer = {
    text: '',
    stop: 'answered',
    turns: 0,
    usage: noUsage,
    toolCalls: [],
    calls: [],
    warnings: [],
  }
  const progress: Progress = {
    history,
    settings,
    limits,
    answer,
    calls: repeats(),
    decisions: new Map(),
    refused: 0,
    partial: '',
    corrected: false,
  }
  try {
    while (!(await takeTurn(progress)));
  } catch (error) {
    answer.stop = stopFor(error, limits.signal)
    answer.text = progress.partial
    if (progress.partial !== '') history.messages.push({ role: 'assistant', content: progress.partial, toolCalls: [] })
  }
  return answer
}

/** True when the loop is over. */
async function takeTurn(progress: Progress): Promise<boolean> {
  const { history, settings, limits, answer, calls } = progress
  const turn = answer.turns + 1
  const withdrawn = whyWithdrawn(progress, turn)
  const offered = withdrawn === undefined ? offeredTools(settings) : []
  settings.emit({ type: 'turn_start', turn })
  await compact(progress)
  const reply = await ask(offered, progress)
  answer.turns = turn
  answer.usage = addUsage(answer.usage, reply.usage)
  answer.warnings.push(...reply.warnings)
  history.messages.push(reply.message)
  progress.partial = ''
  settings.emit({ type: 'turn_end', turn, usage: reply.usage })
  if (reply.outcome === 'call-cut' && offered.length > 0) {
    history.messages.push({ role: 'user', content: callCut(settings) })
    return false
  }
  if (reply.outcome !== 'tools' || offered.length === 0) {
    const isError = repeatsError(reply, progress)
    if (isError && !progress.corrected && turn < limits.turns) {
      correct(progress)
      return false
    }
    answer.text = isError ? '' : reply.message.content
    answer.stop = isError
      ? 'unusable'
      : stopOf(reply, offeredTools(settings).length > 0 ? withdrawn : undefined, answer)
    return true
  }
  await runCalls(reply.message.toolCalls, turn, progress)
  limits.signal.throwIfAborted()
  const stuck = calls.stuck()
  if (stuck !== undefined) answer.warnings.push(`${stuck} and was asked to answer without tools`)
  if (isRefused(progress)) answer.stop = 'refused'
  else if (answer.calls.length === 0) return false
  else answer.stop = 'calls'
  answer.text = reply.message.content
  return true
}

/** Always by the tools that are offered before the last turn, so that the next message is measured in the same way. */
async function compact({ history, settings, limits, answer }: Progress): Promise<void> {
  const { model, emit, compaction } = settings
  if (compaction === undefined) return
  const compacting = { model, emit, ...compaction, tools: offeredTools(settings), signal: limits.signal }
  const shortened = await compactMessages(history.messages, compacting)
  if (shortened === undefined) return
  history.messages.splice(0, history.messages.length, ...shortened.messages)
  answer.usage = addUsage(answer.usage, shortened.usage)
}

function callCut({ tools }: ConversationSettings): string {
  const mayWrite = tools.some(({ access }) => access !== 'read')
  const instead = mayWrite
    ? 'write the file in parts of at most 150 lines with append'
    : 'make a shorter one, or answer'
  return `Error: your call was cut off at the limit of a reply; ${instead}`
}

/** No error of a tool is longer; the pattern below would take minutes to read a reply of any length. */
const maxErrorChars = 2000

/** Whether a reply is nothing but the error of a tool. A caller's own tools say what they like. */
function repeatsError({ message }: Reply, { history, settings }: Progress): boolean {
  if (message.content.length > maxErrorChars || settings.callerTools?.length) return false
  const said = message.content.replace(/^[\s`*"'>]+|[\s`*"']+$/g, '')
  if (!said.startsWith('Error: ')) return false
  return history.messages.some(({ role, content }) => role === 'tool' && content.startsWith(said))
}

/** Asks for another answer, as after an empty one. */
function correct(progress: Progress): void {
  progress.corrected = true
  progress.settings.emit({ type: 'retry', reason: 'the model gave the error of a tool as its answer', attempt: 1 })
  const content =
    'That is only the error of your call, and no answer. Make another call, or answer in your own words with what you have.'
  progress.history.messages.push({ role: 'user', content })
}

/** All of them, each name once. */
export function offeredTools({
  tools,
  callerTools = [],
}: Pick<ConversationSettings, 'tools' | 'callerTools'>): ToolSpec[] {
  const names = new Set(callerTools.map(({ name }) => name))
  return [...tools.filter(({ name }) => !names.has(name)).map(specOf), ...callerTools]
}

/** Why this turn offers no tools and so has to be the answer; undefined when it offers them. */
function whyWithdrawn({ limits, calls }: Progress, turn: number): Stop | undefined {
  if (calls.stuck() !== undefined) return 'repeated'
  // guard: last-turn
  return turn >= limits.turns || Date.now() > (limits.answerBy?.() ?? Number.POSITIVE_INFINITY)
    ? 'turn_limit'
    : undefined
}

/** Tokens that a reply may always have. */
const minReply = 64

/** Makes one request that fits the window. If the server still finds the prompt too long, shortens it once. */
async function ask(tools: readonly ToolSpec[], progress: Progress): Promise<Reply> {
  const { history, settings } = progress
  const whole = settings.model.window
  const promptTokens = makeRoom(whole, tools, progress)
  // Nothing is left that could give way.
  // guard: never-over-window
  if (settings.compaction !== undefined && promptTokens + minReply > whole) {
    throw new LocalBrainError('overflow', `The conversation takes ${promptTokens} tokens of a window of ${whole}`)
  }
  try {
    return await send(promptTokens, tools, progress)
  } catch (error) {
    const own = history.messages.slice(settings.fixed ?? 0)
    if (!isError(error, 'overflow') || !own.some((message) => message.role === 'tool')) throw error
    // The estimate was too low, so the target has to be lower than a prompt that it took to fit.
    const smaller = makeRoom(Math.min(whole, promptTokens) * 0.6, tools, progress)
    return send(smaller, tools, progress)
  }
}

/** Shortens the history so that prompt and reply fit in `tokens`. Returns the estimated tokens of the prompt. */
function makeRoom(tokens: number, tools: readonly ToolSpec[], { history, settings, answer }: Progress): number {
  const { model, emit } = settings
  const fitted = fitMessages(history.messages, tools, model, { window: Math.floor(tokens), fixed: settings.fixed })
  if (fitted.clipped > 0) {
    const message = `${fitted.clipped} older tool result(s) were removed to fit the window`
    history.messages.splice(0, history.messages.length, ...fitted.messages)
    answer.warnings.push(message)
    emit({ type: 'warning', message })
  }
  return fitted.promptTokens
}

function send(promptTokens: number, tools: readonly ToolSpec[], progress: Progress): Promise<Reply> {
  const { history, settings, limits } = progress
  const { model, emit } = settings
  progress.partial = ''
  const maxTokens = Math.min(limits.maxTokens, Math.max(minReply, model.window - promptTokens))
  return model.chat(
    { messages: history.messages, tools, maxTokens },
    {
      signal: limits.signal,
      emit: (event) => {
        if (event.type === 'text') progress.partial += event.text
        if (event.type === 'retry' || event.type === 'withdrawn') progress.partial = ''
        emit(event)
      },
    },
  )
}

function stopOf(reply: Reply, withdrawn: Stop | undefined, answer: Answer): Stop {
  if (reply.outcome === 'cut') answer.warnings.push('the answer was cut at the limit of tokens for one reply')
  if (reply.outcome === 'context-full') return 'context_full'
  if (reply.outcome !== 'answer' || reply.message.content.trim() === '') return 'unusable'
  return withdrawn ?? 'answered'
}
