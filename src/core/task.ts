import type { Message, Model } from './model.ts'
import type { Tool } from './tool.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Emit } from './events.ts'

export type AgentTask = {
  messages: readonly Message[]
  tools: readonly Tool[]
  /** Requests at most; the last one offers no tools. */
  turns: number
  /** Tokens that one reply may have. */
  maxTokens: number
}

export type AgentContext = {
  model: Model
  workspace: Workspace
  emit: Emit
  /** Aborted at the deadline (reason: LocalBrainError 'timeout') or by the person. */
  signal: AbortSignal
  /** After this moment (epoch, ms) the next turn has to be the answer. */
  answerBy: number
}
