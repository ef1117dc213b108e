import type { ModelEvent, ToolSpec } from '../../core/model.ts'
import { createGate } from './gate.ts'
import { createLeakFilter, type Split } from './leaks.ts'

export type Speech = {
  add(delta: Omit<Split, 'withdrawn'>): void
  /** `content` is the reply's text as it was settled: without the calls that were found in it. */
  end(content: string): void
}

type Settings = { tools: readonly ToolSpec[]; isJson: boolean }

/**
 * Passes on what a person may see of a reply while it is written: no thinking as answer, and with tools offered nothing
 * that may turn out to be a call. What was shown all the same and is no part of the answer is withdrawn.
 */
export function createSpeech(emit: (event: ModelEvent) => void, { tools, isJson }: Settings): Speech {
  const filter = createLeakFilter({ isJson })
  // May grow long: what is looked at with each event would be copied with each event.
  let shown = ''
  let gate = createGate(tools)

  function show({ content, thinking, withdrawn }: Split): void {
    if (withdrawn) withdraw()
    if (thinking !== '') emit({ type: 'thinking', text: thinking })
    if (content !== '') say(gate(content))
  }
  function say(text: string): void {
    if (text !== '') emit({ type: 'text', text })
    shown += text
  }
  function withdraw(): void {
    if (shown.trim() !== '') emit({ type: 'withdrawn' })
    shown = ''
    gate = createGate(tools)
  }
  return {
    add({ content, thinking }) {
      if (thinking !== '') emit({ type: 'thinking', text: thinking })
      if (content !== '') show(filter.push(content))
    },
    end(content) {
      show(filter.end())
      // Blank space that was shown before a call or an end mark is not missed.
      if (!content.startsWith(shown) && content !== shown.trimEnd()) withdraw()
      say(content.slice(shown.length))
    },
  }
}
