import type { ServerResponse } from 'node:http'
import type { ChatBody, WireMessage } from '../scripted-ollama/chat-body.ts'
import { type ChatEvent, playReply } from '../scripted-ollama/events.ts'
import { sendJson } from '../scripted-ollama/wire.ts'
import { createEventWriter } from './event-writer.ts'
import type { OpenAiState } from './scripted-openai.ts'

type WireBody = {
  model?: string
  messages?: (Omit<WireMessage, 'tool_calls' | 'content'> & {
    content: string | null
    tool_calls?: { id: string; function: { name: string; arguments: string } }[]
  })[]
  tools?: ChatBody['tools']
  response_format?: { json_schema?: { schema: unknown } }
  max_tokens?: number
  temperature?: number
  seed?: number
}

/** POST /v1/chat/completions: the checks, a turn, and the next reply of the script. */
export async function answerChat(
  state: OpenAiState,
  sent: Record<string, unknown>,
  response: ServerResponse,
): Promise<void> {
  const body = asOllama(sent, state.window)
  state.bodies.push(sent)
  if (state.present >= state.most) {
    response.setHeader('Retry-After', '0')
    return sendJson(response, 429, { error: { message: 'Too many requests', type: 'rate_limit_exceeded' } })
  }
  state.requests.push(body)
  const refused = refusal(state, sent)
  if (refused !== undefined) return sendJson(response, refused.status, refused.body)
  const departure = new AbortController()
  let isSettled = false
  response.once('close', () => {
    if (isSettled || response.writableFinished) return
    state.cancellations += 1
    departure.abort()
  })
  state.present += 1
  const leave = await state.queue.enter(body.model)
  try {
    if (!departure.signal.aborted) await generate(state, { body, response, signal: departure.signal })
  } finally {
    isSettled = true
    state.present -= 1
    leave()
  }
}

function promptTokens(state: OpenAiState, { messages = [], tools = [] }: WireBody): number {
  return state.countTokens(JSON.stringify([messages, tools]))
}

function refusal(state: OpenAiState, sent: WireBody) {
  const { flavor, window, models, tools, strictLength } = state
  if (!models.includes(sent.model ?? '')) {
    const message = `The model \`${sent.model}\` does not exist.`
    return { status: 404, body: { error: { message, type: 'NotFoundError', code: 404 } } }
  }
  if (!tools && (sent.tools?.length ?? 0) > 0) return flavor.noTools
  const tokens = promptTokens(state, sent)
  const asked = sent.max_tokens ?? 0
  const isTooLong = tokens >= window || (strictLength && tokens + asked > window)
  return isTooLong ? flavor.tooLong(tokens, asked, window) : undefined
}

type Turn = { body: ChatBody; response: ServerResponse; signal: AbortSignal }

async function generate(state: OpenAiState, { body, response, signal }: Turn): Promise<void> {
  const { countTokens } = state
  const step = state.script(body, body.messages)
  if (step.violation !== undefined) {
    state.violations.push(step.violation)
    return sendJson(response, 500, { error: { message: step.violation } })
  }
  const maxTokens = Number(body.options?.['num_predict'] ?? Number.POSITIVE_INFINITY)
  const writer = createEventWriter(response, body.model)
  for await (const event of playReply(step.reply, { calls: 'builtin', maxTokens, countTokens, signal })) {
    if (play(event, { writer, response, promptTokens: countTokens(JSON.stringify(body.messages)) })) return
  }
}

type Stage = { writer: ReturnType<typeof createEventWriter>; response: ServerResponse; promptTokens: number }

/** True when nothing can follow. */
function play(event: ChatEvent, { writer, response, promptTokens: counted }: Stage): boolean {
  switch (event.type) {
    case 'delta':
      writer.delta(event.delta)
      return false
    case 'done':
      writer.delta(event.delta)
      writer.done(event.reason, { prompt_tokens: event.promptTokens ?? counted, completion_tokens: event.outputTokens })
      return true
    case 'raw':
      writer.raw(event.bytes)
      return false
    case 'flush':
      return false
    case 'error': {
      const error = { message: event.text, type: 'server_error', code: event.status }
      if (response.headersSent) writer.end({ error })
      else sendJson(response, event.status, { error })
      return true
    }
    case 'redirect':
      response.writeHead(307, { Location: event.location }).end()
      return true
    case 'reset':
      setImmediate(() => response.socket?.resetAndDestroy())
      return true
    case 'broken':
      writer.end()
      return true
  }
}

/** The request as the scripted Ollama shows it. */
function asOllama(sent: WireBody, window: number): ChatBody {
  const { model = '', messages = [], tools, response_format: format, max_tokens: length, temperature, seed } = sent
  return {
    model,
    messages: messages.map(({ content, tool_calls: calls, ...message }) => ({
      ...message,
      content: content ?? '',
      ...(calls !== undefined && {
        tool_calls: calls.map((call) => ({
          id: call.id,
          function: { ...call.function, arguments: JSON.parse(call.function.arguments) as Record<string, unknown> },
        })),
      }),
    })),
    ...(tools !== undefined && { tools }),
    ...(format?.json_schema !== undefined && { format: format.json_schema.schema }),
    options: {
      num_ctx: window,
      num_predict: length,
      ...(temperature !== undefined && { temperature }),
      ...(seed !== undefined && { seed }),
    },
  }
}
