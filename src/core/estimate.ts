import type { Capacity, ChatRequest, Message, ToolSpec } from './model.ts'

/** Code in every tokenizer seen has more characters per token than this, so the first estimate errs on the safe side. */
export const firstCharsPerToken = 3

/** Tokens that a template puts around each message: role, separators. */
const messageTokens = 8

/** JSON is denser than prose or code. */
const jsonCharsPerToken = 2.5

/** What a model may turn out to have: outside of it the count is not about our text. */
const plausible = { least: 1, most: 6 }

/** An observation of less than this says more about the template than about the text. */
const telling = 300

/** A window whose contents are counted by a ratio. `charsPerToken` is asked for each time, since engines learn it. */
export function estimatedCapacity(window: number, charsPerToken: () => number = () => firstCharsPerToken): Capacity {
  return {
    window,
    tokens: (messages, tools) => estimateTokens(messages, tools, charsPerToken()),
    bytes: (tokens) => Math.floor(tokens * charsPerToken()),
  }
}

/** Tokens of a request, rather too many than too few. */
export function estimateTokens(
  messages: readonly Message[],
  tools: readonly ToolSpec[],
  charsPerToken: number,
): number {
  const text = messages.reduce((sum, message) => sum + sizeOf(message), 0)
  return Math.ceil(text / charsPerToken) + overhead(messages, tools, charsPerToken)
}

/**
 * The ratio after a reply that counted `promptTokens` for this request. A lower one is believed at once, since counting
 * too little is what loses text; a higher one bit by bit.
 */
export function calibrate(charsPerToken: number, request: ChatRequest, promptTokens: number): number {
  const textTokens = promptTokens - overhead(request.messages, request.tools, charsPerToken)
  if (textTokens < telling) return charsPerToken
  const seen = request.messages.reduce((sum, message) => sum + sizeOf(message), 0) / textTokens
  const next = seen < charsPerToken ? seen : charsPerToken + (seen - charsPerToken) / 4
  return Math.min(plausible.most, Math.max(plausible.least, next))
}

function overhead(messages: readonly Message[], tools: readonly ToolSpec[], charsPerToken: number): number {
  const json = tools.length === 0 ? 0 : JSON.stringify(tools).length
  return messages.length * messageTokens + Math.ceil(json / Math.min(charsPerToken, jsonCharsPerToken))
}

/** Bytes rather than characters: the same for code, and nearer to the truth for scripts with a token or more per character. */
function sizeOf(message: Message): number {
  if (message.role !== 'assistant') return Buffer.byteLength(message.content)
  const calls = message.toolCalls.length === 0 ? '' : JSON.stringify(message.toolCalls)
  return Buffer.byteLength(message.content + (message.thinking ?? '') + calls)
}
