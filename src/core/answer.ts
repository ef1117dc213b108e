import type { Message, Usage } from './model.ts'
import type { Repeats } from './repeats.ts'

/** Why a run of the loop ended. Only `answered` and a `turn_limit` with text are whole answers. */
export type Stop = 'answered' | 'turn_limit' | 'time_limit' | 'context_full' | 'unusable' | 'interrupted'

export type ToolCallRecord = {
  turn: number
  name: string
  arguments: Record<string, unknown>
  ok: boolean
  recovered: boolean
  chars: number
  ms: number
}

export type Answer = {
  text: string
  stop: Stop
  turns: number
  usage: Usage
  messages: Message[]
  toolCalls: ToolCallRecord[]
  warnings: string[]
}

/** An answer that grows. `partial` is what the present reply has said so far. */
export type Progress = Answer & { partial: string; calls: Repeats }
