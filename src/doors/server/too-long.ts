import type { ChatRequest, Model } from '../../core/model.ts'
import type { LocalBrainError } from '../../errors.ts'
import { Refusal } from './refusal.ts'

/** What a server says with such an error, if it counted. */
type Counted = { promptTokens?: number; numCtx?: number }

/** A prompt that the engine refused, with the numbers that clients look for. */
export function tooLong(error: LocalBrainError, model: Model, { messages, tools }: ChatRequest): Refusal {
  const { promptTokens, numCtx } = (error.cause ?? {}) as Counted
  const window = numCtx ?? model.window
  // A client that is told no more than the window would not know what to do about it. Engines want room for a reply.
  const prompt = Math.max(window + 1, promptTokens ?? model.tokens(messages, tools))
  return overflow({ prompt, window }, error)
}

/** Characters that no tokenizer puts into a token of real text. */
const maxCharsPerToken = 16

/** Refuses what can't fit by any count, so that 16 MB need not be looked at, sent and read first. */
export function refuseHopeless(model: Model, { messages, tools }: Pick<ChatRequest, 'messages' | 'tools'>): void {
  const chars = messages.reduce((sum, { content }) => sum + content.length, JSON.stringify(tools).length)
  if (chars <= model.window * maxCharsPerToken) return
  throw overflow({ prompt: model.tokens(messages, tools), window: model.window })
}

function overflow(tokens: { prompt: number; window: number }, cause?: unknown): Refusal {
  const message = `The prompt has ${tokens.prompt} tokens, and the window ${tokens.window}`
  return new Refusal('too-long', message, { param: 'messages', tokens, cause })
}
