import type { ToolCall } from './model.ts'

/** After this many repeated calls, the model has to answer without tools. */
const maxRepeats = 2

export type Repeats = {
  /** True when this call was made before. Remembers it. */
  seen: (call: ToolCall) => boolean
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
      const key = JSON.stringify([call.name, Object.entries(call.arguments).sort(([a], [b]) => (a < b ? -1 : 1))])
      if (made.has(key)) {
        repeated += 1
        return true
      }
      made.add(key)
      return false
    },
    forget: () => made.clear(),
    // guard: stuck
    stuck: () => repeated >= maxRepeats,
  }
}
