import type { ServerResponse } from 'node:http'
import type { ChatBody } from './chat-body.ts'
import { checkChat } from './chat-checks.ts'
import { streamReply } from './chat-stream.ts'
import { fitPrompt, overflowText, type Prompt, sharedPrefix } from './context-window.ts'
import { playReply } from './events.ts'
import { checkFormat } from './grammar.ts'
import type { ModelSpec } from './model-spec.ts'
import { resolveName } from './models-api.ts'
import type { Runner } from './runners.ts'
import type { ServerState } from './server-state.ts'
import { strictViolations } from './strict.ts'
import { sendJson, sendRefusal } from './wire.ts'

/** POST /api/chat: the checks in the server's own order, then a loaded model, a free slot, and the next reply. */
export async function answerChat(state: ServerState, body: ChatBody, response: ServerResponse): Promise<void> {
  const refused = refuseRegression(state, body) ?? undefined
  if (refused) return sendRefusal(response, refused)
  const model = resolveName(state, body.model, 'chat')
  if ('status' in model) return sendRefusal(response, model)
  if (body.messages.length === 0 && body.keep_alive === 0) {
    state.runners.unload(model)
    return sendJson(response, 200, loadReply(body.model, 'unload'))
  }
  const refusal = checkChat(body, model)
  if (refusal) return sendRefusal(response, refusal)
  const signal = departure(state, response)
  const loaded = await state.runners.load(model, body, signal)
  if (!loaded || signal.aborted) return
  if (body.messages.length === 0) return sendJson(response, 200, loadReply(body.model, 'load'))
  const leave = await state.queue.enter(model.name)
  try {
    if (!signal.aborted) await generate(state, { body, model, response, signal, ...loaded })
  } finally {
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
  const prompt = fitPrompt(body, runner.numCtx, countTokens)
  if (body.truncate === false && prompt.tokens >= runner.numCtx) {
    const error = overflowText(settings.overflow, prompt.tokens, runner.numCtx)
    return sendRefusal(response, { status: 400, error })
  }
  const wrongFormat = checkFormat(body.format)
  if (wrongFormat) return sendRefusal(response, wrongFormat)
  const { reply, violation } = state.script(body, prompt.messages)
  if (violation) state.violations.push(violation)
  const budget = body.options?.num_predict
  const events = playReply(reply, {
    callsLast: model.calls !== 'builtin',
    maxTokens: typeof budget === 'number' && budget > 0 ? budget : Number.POSITIVE_INFINITY,
    countTokens,
    signal,
  })
  const costs = chargeFor(prompt, turn)
  runner.cached = prompt.text
  await streamReply(events, {
    response,
    writes: settings.writes,
    stream: body.stream !== false,
    model,
    name: body.model,
    costs,
  })
}

/** Nanoseconds, as a modest machine would take them; only what the cache does not hold is evaluated. */
function chargeFor(prompt: Prompt, { runner, fresh }: Turn) {
  const cached = fresh ? 0 : sharedPrefix(runner.cached, prompt.text)
  const share = prompt.text === '' ? 0 : 1 - cached / prompt.text.length
  return {
    load: fresh ? 2_400_000_000 : 30_000_000,
    promptTokens: prompt.tokens,
    prompt: Math.ceil(prompt.tokens * share) * 2_000_000 + 1_000_000,
  }
}

/** Aborts when the client leaves before its answer is complete. */
function departure(state: ServerState, response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (response.writableFinished) return
    state.cancellations += 1
    controller.abort()
  })
  return controller.signal
}

function loadReply(name: string, reason: string) {
  const message = { role: 'assistant', content: '' }
  return { model: name, created_at: new Date().toISOString(), message, done: true, done_reason: reason }
}
