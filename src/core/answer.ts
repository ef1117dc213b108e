import type { ToolCall, Usage } from './model.ts'
import type { Stop } from './stop.ts'

export type ToolCallRecord = {
  turn: number
  name: string
  arguments: Record<string, unknown>
  ok: boolean
  recovered: boolean
  /** The model called the tool by a name that other programs give it. */
  alias?: boolean
  chars: number
  ms: number
}

/** What one message to a conversation came to. */
export type Answer = {
  text: string
  /** `calls`: the conversation waits for the caller to carry out `calls`. */
  stop: Stop | 'calls'
  turns: number
  usage: Usage
  toolCalls: ToolCallRecord[]
  /** Calls of the caller's own tools. Send their results to go on. */
  calls: ToolCall[]
  warnings: string[]
}

/** True for an answer that a person can use as it stands. */
export function isWhole({ stop, text }: Pick<Answer, 'stop' | 'text'>): boolean {
  return stop === 'answered' || ((stop === 'turn_limit' || stop === 'repeated') && text.trim() !== '')
}
