import type { ChatBody, WireMessage } from './chat-body.ts'

/** Tokens that Ollama keeps at the head when it cuts a prompt (`num_keep`). */
const keptTokens = 4

export type Prompt = {
  /** What the model is shown, after anything was cut away. */
  messages: WireMessage[]
  text: string
  tokens: number
  /** Set when the prompt is refused instead. */
  refused?: OverflowText
}

export type Tokenizer = (text: string) => number

export type Window = {
  numCtx: number
  /** llama-server renders the prompt itself and never cuts inside a message. */
  isNative: boolean
  countTokens: Tokenizer
}

/** One token for so many bytes: close enough to a real tokenizer, and a test can do the sum. */
export function createTokenizer(bytesPerToken: number): Tokenizer {
  return (text) => Math.ceil(Buffer.byteLength(text) / bytesPerToken)
}

/**
 * The prompt of a request, by the server's rules for `truncate`: whole messages go from the front, system messages and
 * the last one stay; what is still too long keeps its head and its tail and says nothing, or is refused.
 */
export function fitPrompt(body: ChatBody, { numCtx, isNative, countTokens }: Window): Prompt {
  const messages = body.truncate === false ? body.messages : dropOldest(body, numCtx, countTokens)
  const text = renderPrompt(messages, body)
  const tokens = countTokens(text)
  const prompt = { messages, text, tokens }
  if (body.truncate === false || isNative) return tokens < allocated(numCtx) ? prompt : { ...prompt, refused: 'nested' }
  if (tokens <= numCtx - 1) return prompt
  if (body.shift === false) return { ...prompt, refused: 'plain' }
  return { ...prompt, tokens: numCtx - Math.max(Math.floor((numCtx - keptTokens) / 2), 1) }
}

/** llama-server rounds its window up, so a small one holds a little more than was asked for. */
export function allocated(numCtx: number): number {
  return Math.ceil(numCtx / 256) * 256
}

function dropOldest(body: ChatBody, numCtx: number, countTokens: Tokenizer): WireMessage[] {
  for (let start = 0; ; start += 1) {
    const system = body.messages.slice(0, start).filter((message) => message.role === 'system')
    const messages = [...system, ...body.messages.slice(start)]
    if (start === body.messages.length - 1 || countTokens(renderPrompt(messages, body)) <= numCtx) return messages
  }
}

/** Tools near the head, then the messages; earlier thinking only since the last user message, as the renderers do. */
function renderPrompt(messages: readonly WireMessage[], { tools = [] }: ChatBody): string {
  const lastUser = messages.findLastIndex((message) => message.role === 'user')
  const rendered = messages.map((message, index) => {
    const thinking = index > lastUser && message.thinking ? `<think>${message.thinking}</think>` : ''
    const calls = message.tool_calls ? JSON.stringify(message.tool_calls) : ''
    return `<|${message.role}|>${thinking}${message.content}${calls}\n`
  })
  return [tools.length > 0 ? JSON.stringify(tools) : '', ...rendered].join('')
}

/** The part of a prompt that the last one left in the cache, in characters. */
export function sharedPrefix(before: string, now: string): number {
  let length = 0
  while (length < now.length && before[length] === now[length]) length += 1
  return length
}

/** The words in which an overflow is refused: by llama-server through Ollama, by Ollama itself, by MLX, before 0.30. */
export type OverflowText = 'nested' | 'plain' | 'mlx' | 'old'

export function overflowText(kind: OverflowText, tokens: number, numCtx: number): string {
  if (kind === 'plain') {
    return 'the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the context length in settings, or use a model with a longer context length'
  }
  if (kind === 'mlx')
    return `input length (${tokens} tokens) exceeds the model's maximum context length (${numCtx} tokens)`
  if (kind === 'old') return 'the input length exceeds the context length'
  const message = `request (${tokens} tokens) exceeds the available context size (${numCtx} tokens), try increasing it`
  const error = { code: 400, message, type: 'exceed_context_size_error', n_prompt_tokens: tokens, n_ctx: numCtx }
  return JSON.stringify({ error })
}
