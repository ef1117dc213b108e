/** One tool call that the model asks for. `recovered`: it was written as text in the reply, not as a native call. */
export type ToolCall = {
  id: string
  name: string
  arguments: Record<string, unknown>
  recovered: boolean
}

export type AssistantMessage = { role: 'assistant'; content: string; thinking?: string; toolCalls: ToolCall[] }

export type Message =
  | { role: 'system' | 'user'; content: string }
  | AssistantMessage
  | { role: 'tool'; content: string; toolCallId: string; toolName: string }

/** A plain JSON Schema (draft 2020-12). Each engine reduces it to what its server accepts. */
export type JsonSchema = Record<string, unknown>

/** What the model is told about a tool. */
export type ToolSpec = { name: string; description: string; parameters: JsonSchema }

/** The part of a tool that the model is told. */
export function specOf({ name, description, parameters }: ToolSpec): ToolSpec {
  return { name, description, parameters }
}

export type ChatRequest = {
  messages: readonly Message[]
  /** Empty means that no tool may be called. Never together with `format`. */
  tools: readonly ToolSpec[]
  /** The reply has to be JSON of this shape (not a promise: validate it). */
  format?: JsonSchema
  /** Upper bound of the reply, in tokens. Always sent. */
  maxTokens: number
  temperature?: number
}

/**
 * How a reply ended:
 * `answer` text · `tools` at least one call · `cut` by `maxTokens` · `call-cut` the same, while a call was being written ·
 * `context-full` cut by the window · `unusable` nothing usable, after the engine's retries.
 */
export type Outcome = 'answer' | 'tools' | 'cut' | 'call-cut' | 'context-full' | 'unusable'

export type Usage = {
  promptTokens: number
  outputTokens: number
  /** The three times are milliseconds, as the server reports them. */
  loadMs: number
  promptMs: number
  outputMs: number
  /** Requests that this reply took, including retries. */
  modelCalls: number
}

export type Reply = { message: AssistantMessage; outcome: Outcome; usage: Usage; warnings: string[] }

/** How this model's tool calls arrive. */
export type ToolCalling = 'native' | 'recovered' | 'prompted' | 'none'

/** How much one request may hold. All numbers are estimates that err on the safe side. */
export type Capacity = {
  /** Tokens that prompt and reply share. */
  readonly window: number
  /** Tokens of a request: too many rather than too few. */
  tokens(messages: readonly Message[], tools: readonly ToolSpec[]): number
  /** Bytes of text that this many tokens hold on average. */
  bytes(tokens: number): number
}

/** What is worth showing while a request is under way. */
export type ModelEvent =
  /** The next request makes the server load the model. */
  | { type: 'loading' }
  | { type: 'waiting'; elapsedMs: number }
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'retry'; reason: string; attempt: number }
  /** The text of this reply so far turned out not to be part of its answer: what follows replaces it. */
  | { type: 'withdrawn' }
  | { type: 'warning'; message: string }

export type ChatContext = { signal: AbortSignal; emit: (event: ModelEvent) => void }

/** Tokens a second. */
export type Speed = { read: number; written: number }

/**
 * A chat model that is ready: installed, local (or allowed), its window fixed. `chat` rejects with LocalBrainError
 * (`overflow` when the prompt is too long for the window) and, when aborted, with the signal's reason. It never
 * resolves with half a message as an answer.
 */
export type Model = Capacity & {
  readonly name: string
  /** Identifies the weights, since a name may mean other weights tomorrow. Empty when the engine cannot tell. */
  readonly id: string
  /** May change within a run, when native calls keep failing. */
  readonly toolCalling: ToolCalling
  /** As this machine has seen it, in this run or before. */
  readonly speed?: Speed | undefined
  chat(request: ChatRequest, context: ChatContext): Promise<Reply>
  /**
   * One text of a structured reply without what is no part of it, such as thinking or a mark that ends the reply.
   * `shown`: all that the model was told. Absent where a model writes nothing but what it means.
   */
  plain?(text: string, shown: string): string
}
