import type { Hold } from './hold.ts'

/** A tool call as the model would make it. Without an id the server makes one, as Ollama does. */
export type ScriptedCall = { name: string; arguments: Record<string, unknown>; id?: string }

/** The last object of a reply, where it is not the usual one. */
export type End = {
  reason?: string
  /** Content that only the last object carries. */
  text?: string
  promptTokens?: number
  outputTokens?: number
}

/** One thing that happens while a reply is given. */
export type Part =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  /** `last`: in the final chunk. Otherwise the model's own way decides. */
  | { type: 'calls'; calls: ScriptedCall[]; last: boolean }
  /** Before the first event an HTTP status, after it a line in the stream. */
  | { type: 'error'; status: number; text: string }
  | ({ type: 'done' } & End)
  | { type: 'raw'; bytes: string | Uint8Array }
  | { type: 'redirect'; location: string }
  | { type: 'wait'; hold: Hold }
  | { type: 'silent' }
  | { type: 'broken' }
  | { type: 'reset' }

/** What the model does with one request. Replies join: `[...reply.thinking('hm'), ...reply.text('so')]`. */
export type ScriptedReply = readonly Part[]

type Chunk = string | Hold

function chunks(type: 'text' | 'thinking', list: readonly Chunk[]): Part[] {
  return list.map((chunk) => (typeof chunk === 'string' ? { type, text: chunk } : { type: 'wait', hold: chunk }))
}

/** Everything that a scripted model can do; the table stands in scripted-ollama.ts. */
export const reply = {
  text: (...list: Chunk[]): ScriptedReply => chunks('text', list),
  thinking: (...list: Chunk[]): ScriptedReply => chunks('thinking', list),
  json: (value: unknown): ScriptedReply => chunks('text', [JSON.stringify(value)]),
  calls: (...calls: ScriptedCall[]): ScriptedReply => [{ type: 'calls', calls, last: false }],
  lastCalls: (...calls: ScriptedCall[]): ScriptedReply => [{ type: 'calls', calls, last: true }],
  empty: (outputTokens = 7): ScriptedReply => [{ type: 'done', outputTokens }],
  cut: (...list: Chunk[]): ScriptedReply => [...chunks('text', list), { type: 'done', reason: 'length' }],
  done: (end: End): ScriptedReply => [{ type: 'done', ...end }],
  error: (status: number, text: string): ScriptedReply => [{ type: 'error', status, text }],
  errorLine: (text: string, ...before: Chunk[]): ScriptedReply => [
    ...chunks('text', before.length > 0 ? before : ['I ']),
    { type: 'error', status: 500, text },
  ],
  busy: (): ScriptedReply => reply.error(503, 'server busy, please try again.  maximum pending requests exceeded'),
  broken: (...list: Chunk[]): ScriptedReply => [...chunks('text', list), { type: 'broken' }],
  reset: (...list: Chunk[]): ScriptedReply => [...chunks('text', list), { type: 'reset' }],
  silent: (...list: Chunk[]): ScriptedReply => [...chunks('text', list), { type: 'silent' }],
  raw: (...list: (string | Uint8Array)[]): ScriptedReply => list.map((bytes) => ({ type: 'raw', bytes })),
  redirect: (location: string): ScriptedReply => [{ type: 'redirect', location }],
}
