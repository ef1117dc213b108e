import type { Editor } from '../workspace/edit.ts'
import type { Commands } from '../workspace/sandbox/commands.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Answer } from './answer.ts'
import { type Compaction, compactMessages } from './compact.ts'
import { converse, offeredTools } from './converse.ts'
import type { Emit } from './events.ts'
import type { Message, Model, ToolSpec } from './model.ts'
import type { Permit } from './permission.ts'
import { createSeen } from './seen.ts'
import type { Tool } from './tool.ts'

/** What a conversation needs. */
export type ConversationSettings = {
  model: Model
  /** Tools that the conversation calls, with the permit's consent. */
  tools: readonly Tool[]
  /**
   * Tools that the caller carries out: a call of one pauses the conversation. They win over `tools` of the same name.
   */
  callerTools?: readonly ToolSpec[]
  permit: Permit
  /** How many of the first messages are never shortened to fit the window: they are the caller's. Default 0. */
  fixed?: number
  workspace: Workspace
  /** The only way to write. Absent where nothing may be written. */
  editor?: Editor
  /** The only way to a command. Absent where no program may be started. */
  commands?: Commands
  /** For a conversation without end: it is shortened before the window is full. Default: only old tool results give way. */
  compaction?: Compaction
  emit: Emit
}

/** How far one message may go. */
export type SendLimits = {
  /** Aborted at the deadline (reason: LocalBrainError 'timeout') or by the person. */
  signal: AbortSignal
  /** Maximum number of requests; the last one offers no tools. */
  turns: number
  /** Maximum tokens of one reply. */
  maxTokens: number
  /** After this moment (epoch, ms) the next turn has to be the answer. */
  answerBy?: () => number
}

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
