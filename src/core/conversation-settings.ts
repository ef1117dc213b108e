import type { Editor } from '../workspace/edit.ts'
import type { Commands } from '../workspace/sandbox/commands.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Emit } from './events.ts'
import type { Model, ToolSpec } from './model.ts'
import type { Permit } from './permission.ts'
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

/** How a conversation that goes on and on is kept within the window. */
export type Compaction = {
  /** What was changed so far, one line for each file: a record, so that it does not depend on what the model remembers. */
  changed: () => readonly string[]
}
