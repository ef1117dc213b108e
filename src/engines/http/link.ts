import type { IncomingHttpHeaders } from 'node:http'
import type { Asked, Fail } from './failure.ts'
import type { Watch } from './watch.ts'

/**
 * Milliseconds that each part of a call may take. Only the caller's signal bounds the whole call and the time until a
 * model begins to reply: queue, load and prompt can take minutes, in which a server may send nothing.
 */
export type Budgets = {
  connectMs: number
  /** Silence within a reply. It has to be long, since nothing is sent while the model writes a long tool call. */
  idleMs: number
  /** Until the reply begins, and silence within it, for a call that does not ask the model. */
  quickMs: number
  /** How often a waiting call reports that it waits. */
  tickMs: number
  /** The base of the pauses before retries (persist.ts). */
  pauseMs: number
}

export const defaultBudgets: Budgets = {
  connectMs: 5000,
  idleMs: 120_000,
  quickMs: 15_000,
  tickMs: 1000,
  pauseMs: 500,
}

export type Call = {
  signal: AbortSignal
  /** The model's name for error messages, as the person wrote it. */
  model?: string
  quick?: boolean
  onWaiting?: (elapsedMs: number) => void
}

/** One call while it lasts. `destroy` ends it, with the error that whoever waits for it gets. */
export type Link = {
  asked: Asked
  call: Call
  budgets: Budgets
  fail: Fail
  watch: Watch
  refusePeer: (address: string) => Error | undefined
  destroy: (error?: Error) => void
}

/** One request, complete: `url` within the server that the call goes to. */
export type Outgoing = { url: URL; method: string; headers: Record<string, string>; body: string }

/** The head of a reply, and the chunks of its body as they arrive. `destroy` makes whoever reads it get the error. */
export type Incoming = AsyncIterable<Uint8Array> & {
  statusCode?: number
  headers: IncomingHttpHeaders
  destroy(error?: Error): unknown
}

/** Sends requests to one server. Resolves with the head of the reply; rejects with the engine's error. */
export type Connection = { respond(outgoing: Outgoing, link: Link): Promise<Incoming>; close(): void }
