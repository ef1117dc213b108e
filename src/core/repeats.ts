import type { ToolCall } from './model.ts'
import { questionKey } from './permission.ts'

/** After this many repeated calls, the model has to answer without tools. */
const maxRepeats = 2

export type Repeats = {
  /** True when this call was made before and nothing has changed since. Counts the repetition. */
  seen: (call: ToolCall) => boolean
  /** Remembers a call that was made. */
  note: (call: ToolCall) => void
  /** Call this after anything was changed: the same call may give another result from now on. */
  forget: () => void
  /** True when the model has repeated itself too often. */
  stuck: () => boolean
}

/** Notices identical calls: the same tool with the same arguments in any order. Their results would not differ. */
export function repeats(): Repeats {
  const made = new Set<string>()
  let repeated = 0
  return {
    seen(call) {
      const isRepeated = made.has(questionKey(call))
      if (isRepeated) repeated += 1
      return isRepeated
    },
    note: (call) => void made.add(questionKey(call)),
    forget: () => made.clear(),
    // guard: stuck
    stuck: () => repeated >= maxRepeats,
  }
}
