import type { FailureKind } from './failure.ts'
import type { ChatReply } from './wire.ts'

/**
 * How a stream that reached `done` ended. `thought-only` and `swallowed` hold nothing that a person could use: the
 * model only thought, or the server's parser dropped what it wrote.
 */
type Ending = 'tools' | 'answer' | 'cut' | 'context-full' | 'thought-only' | 'swallowed'

export function endingOf({ content, thinking, calls, doneReason, usage }: ChatReply, numCtx: number): Ending {
  if (calls.length > 0) return 'tools'
  const onlyThought = content.trim() === '' && thinking.trim() !== ''
  // guard: cut-answer
  if (doneReason === 'length') {
    if (usage.promptTokens + usage.outputTokens >= numCtx) return 'context-full'
    // What it may write was thought away.
    return onlyThought ? 'thought-only' : 'cut'
  }
  if (content.trim() !== '') return 'answer'
  return onlyThought ? 'thought-only' : 'swallowed'
}

/** Why an attempt has no outcome yet. */
export type Trouble = FailureKind | Ending | 'unreadable-call' | 'echo' | 'circling'

/** What the next attempt does differently. */
export type Remedy = {
  /** Use another seed and a higher temperature, since the same request tends to fail at the same place. */
  reseed?: true
  noThinking?: true
  /** From now on, ask for tool calls in the prompt. */
  prompted?: true
  /** Tell the model what the server could not read. */
  tell?: true
  /** Wait first, for this multiple of the base pause. */
  pause?: number
}

/** The n-th time that a trouble occurs in one request, its n-th remedy is applied. After the last one, give up. */
export const remedies: Readonly<Partial<Record<Trouble, readonly Remedy[]>>> = {
  'thought-only': [{ noThinking: true }],
  swallowed: [{ reseed: true }, { prompted: true }],
  broken: [{ reseed: true }],
  'malformed-call': [{ reseed: true }, { reseed: true, tell: true }, { prompted: true }],
  'unreadable-call': [{ reseed: true }, { reseed: true, tell: true }],
  echo: [{ reseed: true, tell: true }],
  circling: [{ reseed: true }],
  'no-tools': [{ prompted: true }],
  'no-thinking': [{ noThinking: true }],
  busy: [{ pause: 1 }, { pause: 2 }, { pause: 4 }, { pause: 8 }, { pause: 16 }],
  // Weights of many gigabytes take minutes.
  loading: Array.from({ length: 30 }, () => ({ pause: 8 })),
  // The server unloads all models when memory runs out, so the next attempt may find room.
  // guard: memory-pause
  'out-of-memory': [{ pause: 6 }],
  'runner-stopped': [{ pause: 2 }],
  died: [{ pause: 1 }],
}

/** The reasons for a retry, for people. */
export const reasons: Readonly<Partial<Record<Trouble, string>>> = {
  'thought-only': 'the model thought but did not answer',
  swallowed: 'the reply was empty',
  broken: 'the reply broke off',
  'malformed-call': 'the server could not read the tool call',
  'unreadable-call': 'the tool call could not be used',
  echo: 'the model repeated what it was told about its tools',
  circling: 'the model wrote the same lines again and again',
  'no-tools': 'the model has no native tool calling',
  'no-thinking': 'the model does not support thinking',
  busy: 'the server is busy',
  loading: 'the server is loading the model',
  'out-of-memory': 'the server is out of memory',
  'runner-stopped': 'the model stopped running',
  died: 'the server closed the connection',
}
