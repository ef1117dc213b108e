import type { ServerResponse } from 'node:http'
import type { ChatBody } from './chat-body.ts'
import { checkChat } from './chat-checks.ts'
import { streamReply } from './chat-stream.ts'
import { allocated, fitPrompt, overflowText, type Prompt, sharedPrefix } from './context-window.ts'
import { playReply } from './events.ts'
import { checkFormat } from './grammar.ts'
import type { ModelSpec } from './model-spec.ts'
import { resolveName } from './models-api.ts'
import { reply, type ScriptedReply } from './reply.ts'
import type { Runner } from './runners.ts'
import type { ServerState } from './server-state.ts'
import { strictViolations } from './strict.ts'
import { goTime, sendJson, sendRefusal } from './wire.ts'

/** POST /api/chat: the checks in the server's own order, then a loaded model, a free slot, and the next reply. */
export async function answerChat(state: ServerState, body: ChatBody, response: ServerResponse): Promise<void> {
  const refused = refuseRegression(state, body)
  if (refused) return sendRefusal(response, refused)
  const model = resolveName(state, body.model, 'chat')
  if ('status' in model) return sendRefusal(response, model)
  if (body.messages.length === 0 && body.keep_alive === 0) {
    state.runners.unload(model)
    return sendJson(response, 200, loadReply(body.model, 'unload'))
  }
  const refusal = checkChat(body, model)
  if (refusal) return sendRefusal(response, refusal)
  const { signal, settle } = watchDeparture(state, response)
  const loaded = await state.runners.load(model, body, signal)
  if (!loaded || signal.aborted) return
  if (body.messages.length === 0) return sendJson(response, 200, loadReply(body.model, 'load'))
  const leave = await state.queue.enter(model.weights)
  try {
    if (!signal.aborted) await generate(state, { body, model, response, signal, ...loaded })
  } finally {
    settle()
    leave()
    state.runners.touch(loaded.runner, body.keep_alive)
  }
}

/** What a correct client never sends is answered loudly, so that no test passes by accident. */
function refuseRegression(state: ServerState, body: ChatBody) {
  const violations = state.settings.strict ? strictViolations(body) : []
  state.violations.push(...violations)
  return violations.length > 0 ? { status: 500, error: `strict: ${violations.join('; ')}` } : undefined
}

type Turn = {
  body: ChatBody
  model: ModelSpec
  response: ServerResponse
  signal: AbortSignal
  runner: Runner
  fresh: boolean
}

async function generate(state: ServerState, turn: Turn): Promise<void> {
  const { body, model, runner, response, signal } = turn
  const { countTokens, settings } = state
  const prompt = fitPrompt(body, { numCtx: runner.numCtx, isNative: model.calls === 'native', countTokens })
  const budget = body.options?.num_predict
  const events = playReply(nextReply(state, turn, prompt), {
    calls: model.calls,
    maxTokens: typeof budget === 'number' && budget > 0 ? budget : Number.POSITIVE_INFINITY,
    countTokens,
    signal,
  })
  const costs = chargeFor(prompt, turn)
  runner.cached = prompt.text
  const stream = body.stream !== false
  await streamReply(events, { response, writes: settings.writes, stream, model, name: body.model, costs })
}

/** The script's, unless the prompt is refused or the script asks for what cannot be. */
function nextReply(state: ServerState, turn: Turn, prompt: Prompt): ScriptedReply {
  const { body, runner } = turn
  if (prompt.refused) {
    const kind = prompt.refused === 'nested' ? state.settings.overflow : prompt.refused
    return reply.error(400, overflowText(kind, prompt.tokens, allocated(runner.numCtx)))
  }
  const step = state.script(body, prompt.messages)
  const violation = step.violation ?? thoughtMismatch(step.reply, turn)
  if (violation === undefined) return withFormat(step.reply, turn)
  state.violations.push(violation)
  return reply.error(500, violation)
}

/** A format that the server cannot use is noticed when it is applied: at once, or after the thinking. */
function withFormat(parts: ScriptedReply, { body, model }: Turn): ScriptedReply {
  const problem = checkFormat(body.format, model.calls === 'native')
  if (!problem) return parts
  const thoughts = parts.findLastIndex(({ type }) => type === 'thinking') + 1
  return [...parts.slice(0, thoughts), ...reply.error(problem.status, problem.error)]
}

/** Ollama's own parsers hand out no thinking that was switched off; a script that does shows what cannot happen. */
function thoughtMismatch(parts: ScriptedReply, { body, model }: Turn): string | undefined {
  const canThink = model.capabilities.includes('thinking') && (body.think !== false || model.calls !== 'builtin')
  if (canThink || !parts.some(({ type }) => type === 'thinking')) return undefined
  return `the script thinks, but "${model.name}" has no thinking or the request switched it off`
}

/** Nanoseconds, as a modest machine would take them; only what the cache does not hold is evaluated. */
function chargeFor(prompt: Prompt, { runner, fresh }: Turn) {
  const cached = fresh ? 0 : sharedPrefix(runner.cached, prompt.text)
  const share = prompt.text === '' ? 0 : 1 - cached / prompt.text.length
  return {
    load: fresh ? 2_400_000_000 : 1_200_000,
    promptTokens: prompt.tokens,
    prompt: Math.ceil(prompt.tokens * share) * 2_000_000 + 1_000_000,
  }
}

/** Aborts when the client leaves before its answer is complete; once settled, a closed connection is our own doing. */
function watchDeparture(state: ServerState, response: ServerResponse): { signal: AbortSignal; settle: () => void } {
  const controller = new AbortController()
  let isSettled = false
  response.once('close', () => {
    if (isSettled || response.writableFinished) return
    state.cancellations += 1
    controller.abort()
  })
  return {
    signal: controller.signal,
    settle: () => {
      isSettled = true
    },
  }
}

function loadReply(name: string, reason: string) {
  const message = { role: 'assistant', content: '' }
  return { model: name, created_at: goTime(Date.now()), message, done: true, done_reason: reason }
}
