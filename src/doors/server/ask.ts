import type { JsonSchema, Message, ToolCall, ToolSpec } from '../../core/model.ts'
import type { Think } from '../../engines/engine.ts'

/** What a client asks for, whatever dialect it speaks. */
export type Ask = {
  /** As the client wrote it. */
  model: string
  /** In an order that every template takes (history.ts). */
  messages: Message[]
  /** Tools that the client carries out. */
  tools: ToolSpec[]
  choice: ToolChoice
  /** Types of tools that the client brings as well, and that are not offered: they are for the server that it knows. */
  leftOut: string[]
  /** No more than one call of the client's tools at a time. */
  oneCall: boolean
  /** The answer has to be JSON of this shape. */
  format?: JsonSchema
  /** Tokens of one reply. */
  maxTokens?: number
  /** The answer ends before the first of these texts. */
  stop: string[]
  /** Model options under the engine's names. */
  options: Record<string, unknown>
  think?: Think
  stream: boolean
  /** What a skill that is asked as a model has to work on. */
  work?: SkillWork
}

/** `name`: only this tool is offered. */
export type ToolChoice = 'auto' | 'none' | 'required' | { name: string }

type SkillWork = {
  files?: string[]
  git_diff?: boolean
  base?: string
  vars?: Record<string, string>
}

/** A piece of an answer. `thinking` is also what the server did on the way to it. */
export type Piece = { type: 'thinking' | 'text'; text: string }

/** How an answer ended. `length`: a limit was reached. `calls`: the client has to carry out calls. */
export type End = {
  reason: 'answer' | 'length' | 'calls'
  calls: ToolCall[]
  usage: AskUsage
  /** Which of the texts that were to end it did. */
  stoppedBy?: string
}

/** Tokens of the last prompt, and of everything that was written. */
export type AskUsage = { input: number; output: number }

/** A whole answer. Pieces of one type that follow each other are one. */
export type Answered = End & { pieces: Piece[] }

/** Adds to the last piece what is of its type. */
export function addPiece(pieces: Piece[], { type, text }: Piece): void {
  const last = pieces.at(-1)
  if (last?.type === type) last.text += text
  else pieces.push({ type, text })
}
