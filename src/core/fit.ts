import type { Message, ModelWindow, ToolSpec } from './model.ts'
import { estimateTokens } from './estimate.ts'

/** What a window always keeps free for the reply, in tokens; a quarter of a small window. */
export function replyReserve(numCtx: number): number {
  return Math.min(1024, Math.floor(numCtx / 4))
}

/** Below this, a clipped result frees too little to be worth the loss. */
const smallResult = 400

export type Fitted = { messages: Message[]; promptTokens: number; clipped: number }

/**
 * Makes room for the next reply: the oldest tool results give way first, each leaving a line that says so and how to
 * get it back. Nothing else is ever shortened here, so it may still be too long.
 */
export function fitMessages(
  messages: readonly Message[],
  tools: readonly ToolSpec[],
  window: ModelWindow,
  reserveTokens: number,
): Fitted {
  const kept = [...messages]
  const size = () => estimateTokens(kept, tools, window.charsPerToken)
  let promptTokens = size()
  let clipped = 0
  for (let at = 0; at < kept.length && promptTokens + reserveTokens > window.numCtx; at += 1) {
    const message = kept[at]
    if (message?.role !== 'tool' || message.content.length <= smallResult) continue
    kept[at] = { ...message, content: clippedResult(message.toolName, message.content.length) }
    clipped += 1
    promptTokens = size()
  }
  return { messages: kept, promptTokens, clipped }
}

function clippedResult(toolName: string, characters: number): string {
  return `[removed to make room: ${characters} characters from ${toolName}; call it again for a smaller part if you need it]`
}
