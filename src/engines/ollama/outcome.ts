import type { ChatReply } from './server.ts'

/**
 * How a stream that reached `done` ended (reference ollama-wire, appendix A). `thought-only` and `swallowed` hold nothing
 * a person could use: the model only thought, or the server's parser ate what it wrote.
 */
export type Ending = 'tools' | 'answer' | 'cut' | 'context-full' | 'thought-only' | 'swallowed'

export function endingOf({ content, thinking, calls, doneReason, usage }: ChatReply, numCtx: number): Ending {
  if (calls.length > 0) return 'tools'
  // guard: cut-answer
  if (doneReason === 'length') return usage.promptTokens + usage.outputTokens >= numCtx ? 'context-full' : 'cut'
  if (content.trim() !== '') return 'answer'
  return thinking.trim() === '' ? 'swallowed' : 'thought-only'
}
