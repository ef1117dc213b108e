import type { Answered, End, Piece } from './ask.ts'
import { type Dialect, type EventWriter, type ReplyHead, sse } from './dialect.ts'
import { parseMessages } from './messages-request.ts'
import type { Refusal } from './refusal.ts'

/** Anthropic's messages. */
export const messages: Dialect = {
  name: 'messages',
  parse: parseMessages,
  whole: wholeMessage,
  events: messageEvents,
  failure: anthropicFailure,
}

const reasons = { answer: 'end_turn', length: 'max_tokens', calls: 'tool_use' } as const

function stopOf({ reason, stoppedBy }: End) {
  const isSequence = stoppedBy !== undefined
  return { stop_reason: isSequence ? 'stop_sequence' : reasons[reason], stop_sequence: stoppedBy ?? null }
}

/** Clients keep it and send it back, and nobody checks it. */
const signature = 'local-brain'

function blockOf({ type, text }: Piece) {
  return type === 'text' ? { type, text } : { type, thinking: text, signature }
}

function wholeMessage({ id, model }: ReplyHead, answered: Answered) {
  const { pieces, calls, usage } = answered
  const uses = calls.map((call) => ({ type: 'tool_use', id: call.id, name: call.name, input: call.arguments }))
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [...pieces.map(blockOf), ...uses],
    ...stopOf(answered),
    usage: { input_tokens: usage.input, output_tokens: usage.output },
  }
}

type Data = { type: string; [key: string]: unknown }

const event = (data: Data) => sse(data, data.type)

function messageEvents(head: ReplyHead): EventWriter {
  let index = 0
  let open: Piece['type'] | undefined
  const start = (block: Data) => event({ type: 'content_block_start', index, content_block: block })
  const delta = (one: Data) => event({ type: 'content_block_delta', index, delta: one })
  const stop = () => {
    const text = event({ type: 'content_block_stop', index })
    index += 1
    return text
  }
  const close = () => {
    if (open === undefined) return ''
    const signed = open === 'thinking' ? delta({ type: 'signature_delta', signature }) : ''
    open = undefined
    return signed + stop()
  }
  const begin = (type: Piece['type']) => {
    if (open === type) return ''
    const before = close()
    open = type
    return before + start(blockOf({ type, text: '' }))
  }
  return {
    ping: event({ type: 'ping' }),
    begin() {
      const usage = { input: head.inputTokens, output: 0 }
      const message = wholeMessage(head, { pieces: [], calls: [], reason: 'answer', usage })
      return event({ type: 'message_start', message: { ...message, stop_reason: null } })
    },
    piece: ({ type, text }) =>
      begin(type) + delta(type === 'text' ? { type: 'text_delta', text } : { type: 'thinking_delta', thinking: text }),
    end(end) {
      const { calls, usage } = end
      const uses = calls.map(({ id, name, arguments: args }) => {
        const begun = start({ type: 'tool_use', id, name, input: {} })
        return begun + delta({ type: 'input_json_delta', partial_json: JSON.stringify(args) }) + stop()
      })
      const counts = { input_tokens: usage.input, output_tokens: usage.output }
      const last = event({ type: 'message_delta', delta: stopOf(end), usage: counts }) + event({ type: 'message_stop' })
      return [close(), ...uses, last].join('')
    },
    fail: (refusal) => sse(anthropicFailure(refusal).body, 'error'),
  }
}

const types: Partial<Record<Refusal['kind'], string>> = {
  'no-token': 'authentication_error',
  forbidden: 'permission_error',
  'unknown-model': 'not_found_error',
  'unknown-path': 'not_found_error',
  'too-large': 'request_too_large',
  'queue-full': 'overloaded_error',
}

/** A refusal in Anthropic's words, which clients partly parse. */
function anthropicFailure(refusal: Refusal) {
  const { kind, tokens, param = '' } = refusal
  // There is no other place to name the field.
  const said = refusal.message.startsWith(param) ? refusal.message : `${param}: ${refusal.message}`
  const message = tokens === undefined ? said : `prompt is too long: ${tokens.prompt} tokens > ${tokens.window} maximum`
  const status = kind === 'queue-full' ? 529 : refusal.status
  const type = types[kind] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
  return { status, body: { type: 'error', error: { type, message } } }
}
