import { randomBytes } from 'node:crypto'
import type { WireCall } from './chat-body.ts'
import type { Tokenizer } from './context-window.ts'
import { untilAborted, waitAt } from './hold.ts'
import type { ModelSpec } from './model-spec.ts'
import type { Part, ScriptedCall, ScriptedReply } from './reply.ts'

export type Delta = { content?: string; thinking?: string; tool_calls?: WireCall[] }

/** What reaches the wire, in order. `flush`: the server is about to stand still. */
export type ChatEvent =
  | { type: 'delta'; delta: Delta }
  | { type: 'done'; delta: Delta; reason: string; promptTokens?: number; outputTokens: number }
  | Extract<Part, { type: 'error' | 'raw' | 'redirect' }>
  | { type: 'broken' | 'reset' | 'flush' }

export type Generation = {
  /** Where tool calls stand, and whose ids they have. */
  calls: ModelSpec['calls']
  /** `num_predict`: what is over it is never generated. */
  maxTokens: number
  countTokens: Tokenizer
  signal: AbortSignal
}

/** Plays a reply: its parts until the budget is spent, then the end, unless a fault was it. */
export async function* playReply(parts: ScriptedReply, generation: Generation): AsyncGenerator<ChatEvent> {
  const { maxTokens, countTokens, signal } = generation
  const end: Extract<Part, { type: 'done' }> = { type: 'done' }
  const last: WireCall[] = []
  let spent = 0
  let count = 0
  for (const part of parts) {
    if (spent > maxTokens) break
    const left = maxTokens - spent
    if (part.type === 'text' || part.type === 'thinking') {
      spent += countTokens(part.text)
      const text = clipTokens(part.text, left, countTokens)
      if (text !== '') yield { type: 'delta', delta: { [part.type === 'text' ? 'content' : 'thinking']: text } }
    } else if (part.type === 'calls') {
      spent += countTokens(JSON.stringify(part.calls))
      // A call that the budget cuts off is lost.
      if (spent > maxTokens) break
      const wired = part.calls.map((call) => wireCall(call, count++, generation.calls))
      if (generation.calls !== 'builtin' || part.last) last.push(...wired)
      else yield { type: 'delta', delta: { tool_calls: wired } }
    } else if (part.type === 'wait' || part.type === 'silent') {
      yield { type: 'flush' }
      await (part.type === 'wait' ? waitAt(part.hold, signal) : untilAborted(signal))
    } else if (part.type === 'done') {
      Object.assign(end, part)
    } else {
      yield part
      // Raw bytes are one more piece of the stream; the others end it.
      if (part.type !== 'raw') return
    }
    if (signal.aborted) return
  }
  yield {
    type: 'done',
    delta: { content: end.text ?? '', tool_calls: last },
    reason: spent > maxTokens ? 'length' : (end.reason ?? 'stop'),
    ...(end.promptTokens !== undefined && { promptTokens: end.promptTokens }),
    outputTokens: end.outputTokens ?? Math.min(spent, maxTokens),
  }
}

function wireCall({ id, name, arguments: args }: ScriptedCall, index: number, calls: ModelSpec['calls']): WireCall {
  // Ollama names the calls it parses; llama-server has names of its own.
  const made = calls === 'native' ? randomLetters(32) : `call_${randomLetters(8)}`
  return { id: id ?? made, function: { index, name, arguments: args } }
}

function randomLetters(length: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from(randomBytes(length), (byte) => letters[byte % letters.length]).join('')
}

function clipTokens(text: string, tokens: number, countTokens: Tokenizer): string {
  if (countTokens(text) <= tokens) return text
  const characters = Array.from(text)
  while (characters.length > 0 && countTokens(characters.join('')) > tokens) {
    characters.length = Math.min(characters.length - 1, Math.ceil(characters.length * 0.9))
  }
  return characters.join('')
}
