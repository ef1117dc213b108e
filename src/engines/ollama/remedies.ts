import type { FailureKind } from './failure.ts'
import type { Ending } from './outcome.ts'

/** What keeps a request from being settled by its first attempt. */
export type Trouble = FailureKind | Ending | 'unreadable-call'

/** What the next attempt does differently. */
export type Remedy = {
  /** Another seed and a higher temperature: the same request tends to fail at the same place. */
  reseed?: true
  noThinking?: true
  /** Ask for tool calls in the prompt's own words from now on. */
  prompted?: true
  /** Tell the model what the server could not read. */
  tell?: true
  /** Wait this often the base pause first. */
  pause?: number
}

/** The n-th time a trouble comes up within one request takes its n-th remedy; after the last one it stands. */
export const remedies: Readonly<Partial<Record<Trouble, readonly Remedy[]>>> = {
  'thought-only': [{ noThinking: true }],
  swallowed: [{ reseed: true }, { prompted: true }],
  broken: [{ reseed: true }],
  'malformed-call': [{ reseed: true }, { reseed: true, tell: true }, { prompted: true }],
  'unreadable-call': [{ reseed: true }, { reseed: true, tell: true }],
  'no-tools': [{ prompted: true }],
  'no-thinking': [{ noThinking: true }],
  busy: [{ pause: 1 }, { pause: 2 }, { pause: 4 }, { pause: 8 }, { pause: 16 }],
  // The server drops all of its runners when memory runs out, so the next load may find room.
  // guard: memory-pause
  'out-of-memory': [{ pause: 6 }],
  'runner-stopped': [{ pause: 2 }],
  died: [{ pause: 1 }],
}

/** What a person reads about a retry. */
export const reasons: Readonly<Partial<Record<Trouble, string>>> = {
  'thought-only': 'the model only thought',
  swallowed: 'the reply was empty',
  broken: 'the reply broke off',
  'malformed-call': 'the server could not read the tool call',
  'unreadable-call': 'the tool call could not be used',
  'no-tools': 'the model has no tool calling of its own',
  'no-thinking': 'the model has no thinking',
  busy: 'the server is busy',
  'out-of-memory': 'the server is out of memory',
  'runner-stopped': 'the model stopped running',
  died: 'the server closed the connection',
}
