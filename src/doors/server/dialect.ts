import type { RequestDialect } from '../../core/events.ts'
import type { Answered, Ask, AskUsage, End, Piece } from './ask.ts'
import type { Refusal } from './refusal.ts'

/** What a reply says about itself. */
export type ReplyHead = {
  /** Random, without a prefix. */
  id: string
  /** The model that answers, which need not be the one that was asked for. */
  model: string
  /** Seconds since the epoch. */
  created: number
  /** The prompt as far as it is known before the answer: an estimate. */
  inputTokens: number
}

/** Writes an answer as server-sent events. Each method returns what goes over the wire. */
export type EventWriter = {
  begin(): string
  piece(piece: Piece): string
  end(end: End): string
  /** The answer broke off. */
  fail(refusal: Refusal): string
  /** Keeps the connection open while there is nothing to say. */
  ping: string
}

/** One of the protocols that clients speak. */
export type Dialect<Body = unknown> = {
  readonly name: RequestDialect
  /** Throws Refusal for what is wrong with the body. */
  parse(body: unknown): {
    ask: Ask
    body: Body
  }
  whole(head: ReplyHead, answered: Answered, body: Body): unknown
  events(head: ReplyHead, body: Body): EventWriter
  failure(refusal: Refusal): { status: number; body: unknown }
}

/** One server-sent event. JSON has no line breaks in it. */
export function sse(data: unknown, event?: string): string {
  const name = event === undefined ? '' : `event: ${event}\n`
  return `${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
}

export const comment = ': waiting\n\n'

export function total({ input, output }: AskUsage): number {
  return input + output
}
