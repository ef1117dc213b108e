import type { ChatBody } from './chat-body.ts'
import type { OverflowText, Tokenizer } from './context-window.ts'
import type { Hold } from './hold.ts'
import type { Writes } from './line-writer.ts'
import type { ModelSpec } from './model-spec.ts'
import type { Runners } from './runners.ts'
import type { Script } from './script-reader.ts'

export type LogEntry = { method: string; path: string; body: unknown; status: number }

/** How the server was asked to behave, every default filled in. */
export type Settings = {
  version: string
  writes: Writes
  strict: boolean
  overflow: OverflowText
  cloud: 'open' | 'signed-out' | 'disabled' | 'unreachable'
  /** Requests that one model answers at a time (`OLLAMA_NUM_PARALLEL`); the others wait. */
  parallel: number
  loading?: Hold
  /** How a pull comes: in so many steps, with a pause after each. */
  pull: { chunks: number; pauseMs: number }
}

/** What the requests share. */
export type ServerState = {
  settings: Settings
  models: ModelSpec[]
  /** Installed by `/api/pull`. */
  pullable: ModelSpec[]
  /** Steps of a pull that are done, by the model's name. */
  pulled: Map<string, number>
  countTokens: Tokenizer
  script: Script
  runners: Runners
  queue: Queue
  requests: ChatBody[]
  log: LogEntry[]
  violations: string[]
  cancellations: number
}

export type Queue = {
  /** The most requests that were here at once, waiting ones included. */
  readonly most: number
  enter(model: string): Promise<() => void>
}

/** A turn for each request to a model, first come first served. */
export function createQueue(parallel: number): Queue {
  const busy = new Map<string, { active: number; waiting: (() => void)[] }>()
  let present = 0
  let most = 0
  return {
    get most() {
      return most
    },
    async enter(model) {
      present += 1
      most = Math.max(most, present)
      const line = busy.get(model) ?? { active: 0, waiting: [] }
      busy.set(model, line)
      if (line.active >= parallel) await new Promise<void>((resolve) => line.waiting.push(resolve))
      else line.active += 1
      return () => {
        present -= 1
        const next = line.waiting.shift()
        if (next) next()
        else line.active -= 1
      }
    },
  }
}
