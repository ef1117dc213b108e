import type { Answer } from './answer.ts'
import { compactMessages } from './compact.ts'
import { converse, offeredTools } from './converse.ts'
import type { ConversationSettings, SendLimits } from './conversation-settings.ts'
import type { Message } from './model.ts'
import { createSeen } from './seen.ts'

/** A growing list of messages and the model that answers them. One `send` at a time. */
export type Conversation = {
  readonly messages: readonly Message[]
  /**
   * Sends a message, or the results of calls that the caller carried out, and resolves when the model has answered or a
   * limit is reached. An aborted send keeps what was said, so that the conversation can go on. Rejects with errors of
   * the server.
   */
  send(input: string | readonly Message[], limits: SendLimits): Promise<Answer>
  /** Puts other messages in the place of what was said. What the model has read of files stays known. */
  reset(messages: readonly Message[]): void
  /** Shortens it to notes now, where it has a `compaction`. */
  compact(signal: AbortSignal): Promise<void>
}

/** `messages`: what was said before. */
export function createConversation(settings: ConversationSettings, messages: readonly Message[] = []): Conversation {
  const history = { messages: [...messages], seen: createSeen() }
  return {
    get messages() {
      return history.messages
    },
    async send(input, limits) {
      const said: readonly Message[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input
      history.messages.push(...unanswered(history.messages, said), ...said)
      return converse(history, settings, limits)
    },
    reset: (other) => void (history.messages = [...other]),
    async compact(signal) {
      const { model, emit, compaction } = settings
      if (compaction === undefined) return
      const compacting = { model, emit, signal, ...compaction, tools: offeredTools(settings), force: true }
      history.messages = (await compactMessages(history.messages, compacting))?.messages ?? history.messages
    },
  }
}

/** Servers refuse a call without a result, so calls that the caller did not carry out get one that says so. */
function unanswered(messages: readonly Message[], said: readonly Message[]): Message[] {
  const at = messages.findLastIndex(({ role }) => role === 'assistant')
  const last = messages[at]
  if (last?.role !== 'assistant') return []
  const answered = new Set(
    [...messages.slice(at), ...said].map((message) => message.role === 'tool' && message.toolCallId),
  )
  return last.toolCalls
    .filter(({ id }) => !answered.has(id))
    .map(({ id, name }) => ({
      role: 'tool',
      toolCallId: id,
      toolName: name,
      content: 'Error: this call was not carried out',
    }))
}
