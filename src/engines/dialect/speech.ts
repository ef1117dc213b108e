import type { ModelEvent } from '../../core/model.ts'
import { createLeakFilter, type Split } from './leaks.ts'

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
export function createSpeech(
  emit: (event: ModelEvent) => void,
  { mayCall, isJson }: { mayCall: boolean; isJson: boolean },
): Speech {
  const filter = createLeakFilter({ isJson })
  // Both may grow long: what is looked at with each event would be copied with each event.
  let shown = ''
  let pending = ''
  let atHead = true
  let isCall = false

  function show({ content, thinking, withdrawn }: Split): void {
    if (withdrawn) withdraw()
    if (thinking !== '') emit({ type: 'thinking', text: thinking })
    pending += content
    if (isCall) return
    const safe = mayCall ? safeLength(atHead, pending) : pending.length
    say(pending.slice(0, safe))
    pending = pending.slice(safe)
    isCall = mayCall && beginsCall(atHead, pending)
  }
  function say(text: string): void {
    if (text !== '') emit({ type: 'text', text })
    shown += text
    atHead &&= text.trim() === ''
  }
  function withdraw(): void {
    if (shown.trim() !== '') emit({ type: 'withdrawn' })
    shown = ''
    pending = ''
    atHead = true
    isCall = false
  }
  return {
    add({ content, thinking }) {
      if (thinking !== '') emit({ type: 'thinking', text: thinking })
      if (content !== '') show(filter.push(content))
    },
    end(content) {
      show(filter.end())
      // Blank space that was shown before a call or an end mark is not missed.
      const isPrefix = content.startsWith(shown) || content === shown.trimEnd()
      if (!isPrefix) withdraw()
      say(content.slice(shown.length))
    },
  }
}

/** What may still turn out to be blank space before a call. */
const mostBlanks = 200

function beginsCall(atHead: boolean, pending: string): boolean {
  const head = pending.trimStart()
  return (atHead && heads.some((start) => head.startsWith(start))) || tags.some((tag) => pending.startsWith(tag))
}

/** How much of `pending` can't belong to a call. */
function safeLength(atHead: boolean, pending: string): number {
  const head = pending.trimStart()
  const mayBegin = heads.some((start) => start.startsWith(head)) && pending.length < mostBlanks
  if (beginsCall(atHead, pending) || (atHead && mayBegin)) return 0
  const found = tags.map((tag) => pending.indexOf(tag)).filter((at) => at >= 0)
  if (found.length > 0) return Math.min(...found)
  const longest = Math.max(...tags.map((tag) => tag.length)) - 1
  for (let length = Math.min(longest, pending.length); length > 0; length -= 1) {
    if (tags.some((tag) => tag.startsWith(pending.slice(-length)))) return pending.length - length
  }
  return pending.length
}
