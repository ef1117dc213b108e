import type { Capacity, Message, ToolSpec } from './model.ts'

/** Tokens of a window that are always kept free for the reply. */
export function replyReserve(window: number): number {
  return Math.min(1024, Math.floor(window / 4))
}

/** Characters. Removing a shorter result frees too little to be worth the loss. */
export const minRemoved = 400

export type Fitted = { messages: Message[]; promptTokens: number; clipped: number }

/**
 * Makes room for the next reply by removing the oldest tool results first. Each leaves a line that says so and how to
 * get it back. Nothing else is shortened, nor any of the `fixed` first messages, so they may still be too long.
 */
export function fitMessages(
  messages: readonly Message[],
  tools: readonly ToolSpec[],
  capacity: Capacity,
  { window = capacity.window, fixed = 0 }: { window?: number; fixed?: number } = {},
): Fitted {
  const kept = [...messages]
  const reserve = replyReserve(window)
  const size = () => capacity.tokens(kept, tools)
  let promptTokens = size()
  let clipped = 0
  for (let at = fixed; at < kept.length && promptTokens + reserve > window; at += 1) {
    const message = kept[at]
    if (message?.role !== 'tool' || message.content.length <= minRemoved) continue
    kept[at] = { ...message, content: removedResult(message) }
    clipped += 1
    promptTokens = size()
  }
  return { messages: kept, promptTokens, clipped }
}

/** Replaces a result that was removed to make room. */
export function removedResult({ toolName, content }: Extract<Message, { role: 'tool' }>): string {
  return `[removed to make room: ${content.length} characters from ${toolName}; call it again for a smaller part if you need it]`
}
