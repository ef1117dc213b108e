import type { ChatRequest, Usage } from '../../core/model.ts'
import type { NativeCall } from '../dialect/native.ts'

/** A reply that arrived whole, before anything in it is interpreted. */
export type ChatReply = {
  content: string
  thinking: string
  calls: NativeCall[]
  /** `length` when the reply was cut. */
  doneReason: string
  usage: Usage
}

/** How one attempt is asked for, besides its request. */
export type Manner = {
  seed?: number
  temperature?: number
  /** Whatever the person wished. */
  noThinking: boolean
  /** The server takes no word about thinking for this model. */
  thinkRefused: boolean
}

/** What came of a reply since the last time. */
export type Delta = { content: string; thinking: string }

export type OnDelta = (delta: Delta) => void

export type Listening = {
  signal: AbortSignal
  onWaiting: (elapsedMs: number) => void
  onDelta: OnDelta
}

/** One request to one opened model, without retries: the part of a chat that each engine has for itself. */
export type Wire = {
  /** Milliseconds. The base of the pauses before retries. */
  pauseMs: number
  send(request: ChatRequest, manner: Manner, listening: Listening): Promise<ChatReply>
}
