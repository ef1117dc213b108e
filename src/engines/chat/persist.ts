import { setTimeout as delay } from 'node:timers/promises'
import { isError } from '../../errors.ts'
import { type Attempt, attemptChat, type ChatSettings, type Plan, type ToolCallingState } from './attempt.ts'
import { reduceFormat, reduceTool } from './grammar.ts'
import { createHistory } from './history.ts'
import { type Pace, createPace } from './pace.ts'
import type { ChatContext, ChatRequest, Model, Reply, ToolSpec, Usage } from '../../core/model.ts'
import { reasons, remedies, type Remedy, type Trouble } from './remedies.ts'
import { addUsage, noUsage } from '../../core/usage.ts'
import { failureOf } from './failure.ts'

export type { ChatSettings, ToolCallingState } from './attempt.ts'

/**
 * `Model.chat` for one opened model, whatever its server: asks until there is an outcome. The number of retries is bounded and an abort ends them.
 * A `retry` event means that all text emitted before it does not count.
 */
export function createChat(settings: ChatSettings): Model['chat'] {
  const history = createHistory(settings.serverWindow ?? settings.window.numCtx)
  const pace = createPace()
  let thinkRefused = false
  /** Every tool that was ever offered: a call of one is no answer where none may be called any more. */
  const known = new Map<string, ToolSpec>()
  return async (asked, context) => {
    const request = reduced(asked)
    for (const tool of request.tools) known.set(tool.name, tool)
    const plan: Plan = { reseeded: 0, noThinking: false, thinkRefused, known: [...known.values()] }
    const spent = new Map<Trouble, number>()
    let usage = noUsage
    let seen = pace.answered
    for (let number = 1; ; number += 1) {
      const attempt = await inTurn(pace, context.signal, async () => attemptChat(request, plan, settings, context))
      usage = addUsage(usage, attempt.usage)
      if ('outcome' in attempt) {
        const rendering = JSON.stringify([settings.toolCalling.current, plan.noThinking, plan.thinkRefused, plan.tell])
        const warning = history.check(request, attempt.usage, rendering)
        noteRecovery(attempt, settings.toolCalling)
        if (warning !== undefined) context.emit({ type: 'warning', message: warning })
        return { ...replyOf(attempt), usage, warnings: warning === undefined ? [] : [warning] }
      }
      if (attempt.trouble === 'busy' && pace.answered > seen) spent.delete('busy')
      seen = pace.answered
      const remedy = nextRemedy(attempt.trouble, spent, request, settings.toolCalling)
      if (remedy === undefined) return giveUp(attempt, usage)
      context.emit({ type: 'retry', reason: reasons[attempt.trouble] ?? attempt.trouble, attempt: number })
      if (attempt.trouble === 'no-thinking') plan.thinkRefused = thinkRefused = true
      await apply(remedy, { plan, attempt, settings, context })
    }
  }
}

/** Asks when it is its turn, and tells the pace whether the server had room. */
async function inTurn(pace: Pace, signal: AbortSignal, ask: () => Promise<Attempt>): Promise<Attempt> {
  const leave = await pace.enter(signal)
  try {
    const attempt = await ask()
    const isBusy = 'trouble' in attempt && attempt.trouble === 'busy'
    if (isBusy) pace.slowDown()
    if ('outcome' in attempt) pace.goOn()
    return attempt
  } finally {
    leave()
  }
}

/** Reduces the request's schemas to what the server accepts. */
function reduced(request: ChatRequest): ChatRequest {
  const { tools, format } = request
  return { ...request, tools: tools.map(reduceTool), format: format && reduceFormat(format) }
}

function nextRemedy(
  trouble: Trouble,
  spent: Map<Trouble, number>,
  request: ChatRequest,
  toolCalling: ToolCallingState,
): Remedy | undefined {
  const count = spent.get(trouble) ?? 0
  spent.set(trouble, count + 1)
  // guard: remedy-count
  const remedy = remedies[trouble]?.[count]
  const canPrompt = request.tools.length > 0 && toolCalling.current !== 'prompted'
  return remedy?.prompted && !canPrompt ? undefined : remedy
}

/** A server that wants to be left alone for longer is asked before. */
const maxWishMs = 60_000

type Retry = {
  plan: Plan
  attempt: Extract<Attempt, { trouble: Trouble }>
  settings: ChatSettings
  context: ChatContext
}

async function apply(remedy: Remedy, { plan, attempt, settings, context }: Retry): Promise<void> {
  if (remedy.reseed) plan.reseeded += 1
  if (remedy.noThinking) plan.noThinking = true
  if (remedy.prompted) settings.toolCalling.change('prompted')
  plan.tell = remedy.tell ? noteFor(attempt) : undefined
  if (remedy.pause === undefined) return context.signal.throwIfAborted()
  const wished = 'error' in attempt ? (failureOf(attempt.error)?.retryAfterMs ?? 0) : 0
  const ms = Math.max(settings.wire.pauseMs * remedy.pause * (0.75 + Math.random() / 2), Math.min(wished, maxWishMs))
  try {
    await delay(ms, undefined, { signal: context.signal })
  } catch {
    // The time ran out because the server was busy all along, so report that.
    // guard: busy-said
    if (attempt.trouble === 'busy' && isError(context.signal.reason, 'timeout')) throw attempt.error
    context.signal.throwIfAborted()
  }
}

function noteFor(attempt: Extract<Attempt, { trouble: Trouble }>): string {
  if (attempt.trouble === 'echo') return '[your last reply only repeated the list of tools: do what was asked]'
  const text = 'error' in attempt ? failureOf(attempt.error)?.text : undefined
  const why = text === undefined ? '' : ` (${text})`
  return `[your last tool call could not be read${why}: write it again in the exact format, or answer without it]`
}

function noteRecovery(attempt: Attempt, toolCalling: ToolCallingState): void {
  const recovered = attempt.message.toolCalls.some((call) => call.recovered)
  if (recovered && toolCalling.current === 'native') toolCalling.change('recovered')
}

function replyOf(attempt: Attempt & { outcome: Reply['outcome'] }): Pick<Reply, 'message' | 'outcome'> {
  return { message: attempt.message, outcome: attempt.outcome }
}

/** What is no answer is not handed on as one. */
function giveUp(attempt: Attempt, usage: Usage): Reply {
  if ('error' in attempt) throw attempt.error
  return { message: { ...attempt.message, content: '' }, outcome: 'unusable', usage, warnings: [] }
}
