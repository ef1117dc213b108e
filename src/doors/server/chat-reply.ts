import type { Answered, AskUsage, End } from './ask.ts'
import type { ChatBody } from './chat-request.ts'
import { parseChat } from './chat-request.ts'
import { type Dialect, type EventWriter, type ReplyHead, comment, sse, total } from './dialect.ts'
import { openAiFailure } from './openai-failure.ts'

/** OpenAI's chat completions. Reasoning is called `reasoning`, as Ollama calls it. */
export const chatCompletions: Dialect<ChatBody> = {
  name: 'chat',
  parse: parseChat,
  whole: wholeChat,
  events: chatEvents,
  failure: (refusal) => openAiFailure(refusal),
}

const reasons = { answer: 'stop', length: 'length', calls: 'tool_calls' } as const

function callsOf({ calls }: End) {
  return calls.map(({ id, name, arguments: args }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }))
}

function usageOf(usage: AskUsage) {
  return { prompt_tokens: usage.input, completion_tokens: usage.output, total_tokens: total(usage) }
}

function wholeChat({ id, created, model }: ReplyHead, answered: Answered) {
  const text = (type: 'text' | 'thinking') =>
    answered.pieces
      .filter((piece) => piece.type === type)
      .map((piece) => piece.text)
      .join('')
  const reasoning = text('thinking')
  const message = {
    role: 'assistant',
    content: answered.calls.length > 0 && text('text') === '' ? null : text('text'),
    refusal: null,
    reasoning: reasoning === '' ? undefined : reasoning,
    tool_calls: answered.calls.length > 0 ? callsOf(answered) : undefined,
  }
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: reasons[answered.reason] }],
    usage: usageOf(answered.usage),
  }
}

function chatEvents({ id, created, model }: ReplyHead, { includeUsage }: ChatBody): EventWriter {
  const about = { id: `chatcmpl-${id}`, object: 'chat.completion.chunk', created, model }
  const chunk = (delta: unknown, finish: string | null = null) =>
    sse({ ...about, choices: [{ index: 0, delta, finish_reason: finish }] })
  return {
    ping: comment,
    begin: () => chunk({ role: 'assistant', content: '' }),
    piece: ({ type, text }) => chunk(type === 'text' ? { content: text } : { reasoning: text }),
    end(end) {
      const calls =
        end.calls.length > 0 ? chunk({ tool_calls: callsOf(end).map((call, index) => ({ index, ...call })) }) : ''
      const usage = includeUsage ? sse({ ...about, choices: [], usage: usageOf(end.usage) }) : ''
      return `${calls}${chunk({}, reasons[end.reason])}${usage}${sse('[DONE]')}`
    },
    fail: (refusal) => sse(openAiFailure(refusal).body),
  }
}
