import type { ModelEvent } from '../model.ts'
import { createThinkingFilter, type Split } from './thinking.ts'

/** Beginnings of calls written as text. Only at its head does a reply that is a bare call begin with one of `heads`. */
const tags = ['<tool_call', '<tools>', '<function', '<start_function_call>', '<|', '<｜', '[TOOL_CALLS]', '[ARGS]']
const heads = ['{', '[', '```json', '```tool', '<', 'call:', 'functools', 'function', 'commentary']

export type Speech = {
  add(delta: Split): void
  /** `content` is the reply's text as it was settled: without the calls that were found in it. */
  end(content: string): void
}

/**
 * Passes on what a person may see of a reply while it is written: no thinking as answer, and with tools offered nothing
 * that may turn out to be a call.
 */
export function createSpeech(emit: (event: ModelEvent) => void, mayCall: boolean): Speech {
  const filter = createThinkingFilter()
  let shown = ''
  let pending = ''

  function show({ content, thinking }: Split): void {
    if (thinking !== '') emit({ type: 'thinking', text: thinking })
    pending += content
    const safe = mayCall ? safeLength(shown, pending) : pending.length
    say(pending.slice(0, safe))
    pending = pending.slice(safe)
  }
  function say(text: string): void {
    if (text !== '') emit({ type: 'text', text })
    shown += text
  }
  return {
    add({ content, thinking }) {
      if (thinking !== '') emit({ type: 'thinking', text: thinking })
      if (content !== '') show(filter.push(content))
    },
    end(content) {
      show(filter.end())
      if (content.startsWith(shown)) say(content.slice(shown.length))
    },
  }
}

/** How much of `pending` can't belong to a call. */
function safeLength(shown: string, pending: string): number {
  const head = (shown + pending).trimStart()
  if (shown.trim() === '' && heads.some((start) => head.startsWith(start) || start.startsWith(head))) return 0
  const found = tags.map((tag) => pending.indexOf(tag)).filter((at) => at >= 0)
  if (found.length > 0) return Math.min(...found)
  const longest = Math.max(...tags.map((tag) => tag.length)) - 1
  for (let length = Math.min(longest, pending.length); length > 0; length -= 1) {
    if (tags.some((tag) => tag.startsWith(pending.slice(-length)))) return pending.length - length
  }
  return pending.length
}
