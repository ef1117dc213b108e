import type { ToolCall } from './model.ts'

/** After this many repeated calls the model is asked to answer instead. */
const maxRepeats = 2

export type Repeats = {
  /** True when this call was made before; remembers it. */
  seen: (call: ToolCall) => boolean
  /** What was read may be different from now on. */
  forget: () => void
  stuck: () => boolean
}

/** Notices identical calls (same tool, same arguments whatever their order), whose results cannot differ. */
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
