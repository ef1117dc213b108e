import { sha256 } from '../text/hash.ts'
import type { ToolCall } from './model.ts'
import { questionKey } from './permission.ts'

/** After this many repeated calls, the model has to answer without tools. */
const maxRepeats = 2

/** So often a file may be given the same text: tried, taken back and tried again is work, more is going round in circles. */
const maxReturns = 2

export type Repeats = {
  /** True when this call was made before and nothing has changed since. Counts the repetition. */
  seen: (call: ToolCall) => boolean
  /** Remembers a call that was made. */
  note: (call: ToolCall) => void
  /** A file was given this text. */
  wrote: (path: string, text: string) => void
  /** Call this after anything was changed: the same call may give another result from now on. */
  forget: () => void
  /** What the model does again and again, as the subject and verb of a sentence. */
  stuck: () => string | undefined
}

/** Notices identical calls, the same tool with the same arguments in any order, and edits that go back and forth. */
export function repeats(): Repeats {
  const made = new Set<string>()
  const texts = new Map<string, number>()
  let repeated = 0
  let circled = false
  return {
    seen(call) {
      const isRepeated = made.has(questionKey(call))
      if (isRepeated) repeated += 1
      return isRepeated
    },
    note: (call) => void made.add(questionKey(call)),
    wrote(path, text) {
      const key = `${sha256(text)} ${path}`
      const times = (texts.get(key) ?? 0) + 1
      texts.set(key, times)
      // guard: back-and-forth
      circled ||= times > maxReturns
    },
    forget: () => made.clear(),
    stuck() {
      if (circled) return 'the model changed a file back and forth'
      // guard: stuck
      return repeated >= maxRepeats ? 'the model made the same calls again and again' : undefined
    },
  }
}
