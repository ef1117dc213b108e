import type { AssistantMessage, Message, ToolCall } from '../../core/model.ts'
import { randomHex } from '../../text/hash.ts'

/** What the server did itself before it handed calls to a client, for when the client comes back with their results. */
export type Steps = {
  /** `said`: everything since the client's own messages. Returns the calls under ids that no other request has. */
  keep(calls: readonly ToolCall[], said: readonly Message[]): ToolCall[]
  /** The client's messages with what it was not shown, where it is still known. */
  restore(messages: readonly Message[]): Message[]
}

/** Conversations that wait for a client, and the characters that are kept of all of them. */
const limits = { kept: 200, chars: 20_000_000 }

type Kept = { hidden: Message[]; text: string; chars: number }

export function createSteps(): Steps {
  const kept = new Map<string, Kept>()
  let chars = 0
  const forget = (key: string) => {
    chars -= kept.get(key)?.chars ?? 0
    kept.delete(key)
  }
  return {
    keep(calls, said) {
      const renamed = calls.map((call) => ({ ...call, id: `call_${randomHex(12)}` }))
      const last = said.findLastIndex(({ role }) => role === 'assistant')
      const hidden = said.slice(0, last)
      const key = renamed[0]?.id
      if (hidden.length > 0 && key !== undefined) {
        const size = JSON.stringify(hidden).length
        kept.set(key, { hidden, text: said[last]?.content ?? '', chars: size })
        chars += size
        for (const oldest of kept.keys()) if (kept.size > limits.kept || chars > limits.chars) forget(oldest)
      }
      return renamed
    },
    restore: (messages) =>
      messages.flatMap((message) => {
        if (message.role !== 'assistant') return [message]
        const before = kept.get(message.toolCalls[0]?.id ?? '')
        // The client was shown the text of all steps in one.
        return before === undefined ? [message] : [...before.hidden, withText(message, before.text)]
      }),
  }
}

function withText(message: AssistantMessage, content: string): AssistantMessage {
  return { ...message, content }
}
