import type { Capacity, Message, ToolSpec } from './model.ts'

/** What a window always keeps free for the reply, in tokens; a quarter of a small window. */
export function replyReserve(window: number): number {
  return Math.min(1024, Math.floor(window / 4))
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
  capacity: Capacity,
  window = capacity.window,
): Fitted {
  const kept = [...messages]
  const reserve = replyReserve(window)
  const size = () => capacity.tokens(kept, tools)
  let promptTokens = size()
  let clipped = 0
  for (let at = 0; at < kept.length && promptTokens + reserve > window; at += 1) {
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
