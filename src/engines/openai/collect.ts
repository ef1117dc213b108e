import type { Usage } from '../../core/model.ts'
import type { ChatReply, Delta } from '../chat/wire.ts'
import { type CallCollector, createCallCollector } from './tool-calls.ts'
import type { ChatEvent } from './wire-schema.ts'

export type Collector = {
  add(event: ChatEvent): Delta
  /** Rejects what is no whole reply. */
  whole(): ChatReply
}

/** The ends that servers give to a whole answer. Any other end, such as a filter or an abort, means a cut answer. */
const whole = ['stop', 'tool_calls', 'function_call', 'eos', 'eos_token', 'stop_sequence', 'end_turn']
const cut = ['length', 'max_tokens', 'model_length']

/** Puts the events of a stream together. `refuse` makes the error for a reply that broke off. */
export function createCollector(refuse: (reason: string) => Error): Collector {
  const calls: CallCollector = createCallCollector(refuse)
  const reply: ChatReply = { content: '', thinking: '', calls: [], doneReason: '', usage: usageOf({}) }
  return {
    add(event) {
      const choice = event.choices?.find(({ index = 0 }) => index === 0)
      const said = choice?.delta ?? choice?.message
      const content = said?.content ?? ''
      const thinking = said?.reasoning_content ?? said?.reasoning ?? ''
      reply.content += content
      reply.thinking += thinking
      calls.add(said?.tool_calls ?? said?.function_call)
      if (choice?.finish_reason) reply.doneReason = choice.finish_reason
      if (event.usage || event.timings) reply.usage = usageOf(event, reply.usage)
      return { content, thinking }
    },
    whole() {
      const reason = reply.doneReason.toLowerCase()
      // guard: whole-reply
      if (![...whole, ...cut].includes(reason)) throw refuse(endOf(reason))
      const isCut = cut.includes(reason)
      // A call that was cut is no call: its arguments may be half of what was meant.
      return { ...reply, calls: isCut ? [] : calls.calls(), doneReason: isCut ? 'length' : 'stop' }
    },
  }
}

function endOf(reason: string): string {
  return reason === '' ? 'it ended before it was done' : `the server ended it as "${reason.slice(0, 40)}"`
}

function usageOf({ usage, timings }: ChatEvent, before?: Usage): Usage {
  return {
    promptTokens: usage?.prompt_tokens ?? before?.promptTokens ?? 0,
    outputTokens: usage?.completion_tokens ?? before?.outputTokens ?? 0,
    loadMs: 0,
    promptMs: Math.round(timings?.prompt_ms ?? before?.promptMs ?? 0),
    outputMs: Math.round(timings?.predicted_ms ?? before?.outputMs ?? 0),
    modelCalls: 1,
  }
}
