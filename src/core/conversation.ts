import type { Workspace } from '../workspace/workspace.ts'
import type { Answer } from './answer.ts'
import { converse } from './converse.ts'
import type { Emit } from './events.ts'
import type { Message, Model, ToolSpec } from './model.ts'
import type { Permit } from './permission.ts'
import type { Tool } from './tool.ts'

/** What a conversation is held with. */
export type ConversationSettings = {
  model: Model
  /** Called here, each under the permit. */
  tools: readonly Tool[]
  /** Tools of the caller's own: a call of one pauses the conversation. One of the same name as ours wins. */
  callerTools?: readonly ToolSpec[]
  permit: Permit
  workspace: Workspace
  emit: Emit
}

/** How far one message may go. */
export type SendLimits = {
  /** Aborted at the deadline (reason: LocalBrainError 'timeout') or by the person. */
  signal: AbortSignal
  /** Requests at most; the last one offers no tools. */
  turns: number
  /** Tokens that one reply may have. */
  maxTokens: number
  /** After this moment (epoch, ms) the next turn has to be the answer. */
  answerBy?: number
}

/** Messages that only ever grow, and whoever answers them. One `send` at a time. */
export type Conversation = {
  readonly messages: readonly Message[]
  /**
   * Says something, or gives the results of calls that were the caller's, and resolves when the model has answered or a
   * limit is reached. An aborted send keeps what was said, so that the conversation can go on. Rejects with what the
   * server does wrong.
   */
  send(input: string | readonly Message[], limits: SendLimits): Promise<Answer>
}

/** `messages`: what was said before. */
export function createConversation(settings: ConversationSettings, messages: readonly Message[] = []): Conversation {
  const history = { messages: [...messages] }
  return {
    get messages() {
      return history.messages
    },
    async send(input, limits) {
      const said: readonly Message[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input
      history.messages.push(...unanswered(history.messages, said), ...said)
      return converse(history, settings, limits)
    },
  }
}

/** Servers refuse a call without a result: what the caller did not carry out gets one that says so. */
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
