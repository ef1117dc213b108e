import type { Capacity, ChatRequest, Message, ToolSpec } from './model.ts'

/** A low first guess: in every tokenizer measured, code has more characters per token. */
export const firstCharsPerToken = 3

/** Tokens that a template puts around each message: role, separators. */
const messageTokens = 8

/** JSON is denser than prose or code. */
const jsonCharsPerToken = 2.5

/** The range of ratios to believe. A count outside of it cannot be about the text that was sent. */
const plausible = { min: 1, max: 6 }

/** With fewer tokens than this, the count says more about the template than about the text. */
const minObserved = 300

/** More than any tokenizer puts into a token, except blanks. */
const maxCharsPerToken = 100

/** Characters of a reply of so many tokens, at most. A longer one is not what was asked for. */
export function maxReplyChars(maxTokens: number): number {
  return maxTokens * maxCharsPerToken
}

/** A window whose contents are estimated by a ratio. `charsPerToken` is a function because engines learn the ratio. */
export function estimatedCapacity(window: number, charsPerToken: () => number = () => firstCharsPerToken): Capacity {
  return {
    window,
    tokens: (messages, tools) => estimateTokens(messages, tools, charsPerToken()),
    bytes: (tokens) => Math.floor(tokens * charsPerToken()),
  }
}

/** Tokens of a request: too many rather than too few. */
export function estimateTokens(
  messages: readonly Message[],
  tools: readonly ToolSpec[],
  charsPerToken: number,
): number {
  const text = messages.reduce((sum, message) => sum + sizeOf(message), 0)
  return Math.ceil(text / charsPerToken) + overhead(messages, tools, charsPerToken)
}

/**
 * The ratio to use after a server counted `promptTokens` for this request. A lower ratio is taken at once, since
 * counting too few tokens is what loses text; a higher one in steps.
 */
export function calibrate(charsPerToken: number, request: ChatRequest, promptTokens: number): number {
  const textTokens = promptTokens - overhead(request.messages, request.tools, charsPerToken)
  if (textTokens < minObserved) return charsPerToken
  const seen = request.messages.reduce((sum, message) => sum + sizeOf(message), 0) / textTokens
  const next = seen < charsPerToken ? seen : charsPerToken + (seen - charsPerToken) / 4
  return Math.min(plausible.max, Math.max(plausible.min, next))
}

function overhead(messages: readonly Message[], tools: readonly ToolSpec[], charsPerToken: number): number {
  const json = tools.length === 0 ? 0 : JSON.stringify(tools).length
  return messages.length * messageTokens + Math.ceil(json / Math.min(charsPerToken, jsonCharsPerToken))
}

/** Bytes, not characters: the same for code, and closer for scripts that take a token or more for each character. */
function sizeOf(message: Message): number {
  if (message.role !== 'assistant') return Buffer.byteLength(message.content)
  const calls = message.toolCalls.length === 0 ? '' : JSON.stringify(message.toolCalls)
  return Buffer.byteLength(message.content + (message.thinking ?? '') + calls)
}
