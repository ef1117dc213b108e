import { type Answer, isWhole } from '../../core/answer.ts'
import type { Conversation } from '../../core/conversation.ts'
import type { RecordedChange } from './recorded-change.ts'

/** What one message came to. */
export type Turn = {
  /** Markdown. */
  text: string
  stop: Exclude<Answer['stop'], 'calls'>
  /** Requests to the model. */
  turns: number
  toolCalls: Answer['toolCalls']
  usage: Answer['usage']
  warnings: string[]
  /** Files that were changed, as one step that can be taken back. */
  changes: readonly RecordedChange[]
  /** 0 answered · 4 no whole answer · 130 interrupted */
  exitCode: number
}

export function turnOf(answer: Answer, changes: readonly RecordedChange[]): Turn {
  const { text, turns, toolCalls, usage, warnings } = answer
  // No tools of a caller are offered here.
  const stop = answer.stop === 'calls' ? 'unusable' : answer.stop
  const exitCode = stop === 'interrupted' ? 130 : isWhole(answer) ? 0 : 4
  return { text: text.trim(), stop, turns, toolCalls, usage, warnings, changes, exitCode }
}

/** An answer that was broken off says so, to the model too. Questions and answers take turns all the same. */
export function markStopped(conversation: Conversation, { stop }: Answer): void {
  if (stop !== 'interrupted' && stop !== 'time_limit') return
  const messages = [...conversation.messages]
  const last = messages.at(-1)
  if (last?.role === 'assistant' && last.toolCalls.length === 0) {
    messages[messages.length - 1] = { ...last, content: `${last.content}\n[stopped]`.trim() }
  } else messages.push({ role: 'assistant', content: '[stopped]', toolCalls: [] })
  conversation.reset(messages)
}
