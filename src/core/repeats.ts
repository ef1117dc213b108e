import type { ToolCall } from './model.ts'

/** So many identical calls, and the model is asked to answer instead. */
const limit = 3

export type Repeats = {
  /** How often this call was made before; counts it. */
  seen: (call: ToolCall) => number
  stuck: () => boolean
}

/** Counts identical calls (same tool, same arguments whatever their order). Results cannot differ: tools only read. */
export function repeats(): Repeats {
  const counts = new Map<string, number>()
  let repeated = 0
  return {
    seen(call) {
      const key = JSON.stringify([call.name, Object.entries(call.arguments).sort(([a], [b]) => (a < b ? -1 : 1))])
      const before = counts.get(key) ?? 0
      counts.set(key, before + 1)
      if (before > 0) repeated += 1
      return before
    },
    // guard: stuck
    stuck: () => repeated >= limit,
  }
}
