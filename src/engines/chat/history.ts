import type { ChatRequest, Message, Usage } from '../../core/model.ts'

type Seen = { messages: readonly Message[]; tools: number; rendering: string; promptTokens: number }

/**
 * `rendering` identifies everything else that decides how messages become a prompt. Only equal renderings are compared.
 */
export type History = { check(request: ChatRequest, usage: Usage, rendering: string): string | undefined }

/**
 * Notices that the server left out part of the conversation, which it does not report. The count of prompt tokens is
 * the only sign. It can't shrink while messages are only added, unless a question was added (templates then drop older
 * thinking) or tools were taken away. And Ollama's cut leaves half the window plus 2.
 */
export function createHistory(numCtx: number): History {
  // Several conversations may go on at once. The first question identifies each.
  const conversations = new WeakMap<Message, Seen>()
  return {
    check({ messages, tools }, { promptTokens, outputTokens }, rendering) {
      // Old servers leave out the count when the whole prompt was cached.
      if (promptTokens === 0) return undefined
      const question = messages.find(({ role }) => role !== 'system')
      if (question === undefined) return undefined
      const before = conversations.get(question)
      const now: Seen = { messages: [...messages], tools: tools.length, rendering, promptTokens }
      conversations.set(question, now)
      if (promptTokens === numCtx / 2 + 2) return cut(`it read ${promptTokens} tokens, half of the window`)
      if (promptTokens + outputTokens > numCtx) return cut('prompt and answer together outgrew the window')
      if (before === undefined || !grew(before, now) || promptTokens >= before.promptTokens) return undefined
      return cut(`it read ${promptTokens} tokens, after ${before.promptTokens} in the previous turn`)
    },
  }
}

function grew(before: Seen, now: Seen): boolean {
  if (now.rendering !== before.rendering || now.tools < before.tools || now.messages.length < before.messages.length)
    return false
  const kept = before.messages.every((message, index) => message === now.messages[index])
  return kept && now.messages.slice(before.messages.length).every(({ role }) => role !== 'user')
}

function cut(evidence: string): string {
  return `the server left out part of the conversation: ${evidence}; a larger --num-ctx helps`
}
