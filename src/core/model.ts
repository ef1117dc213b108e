/** One call of a tool that the model asks for. `recovered` says that it stood in the reply as text, not as a native call. */
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

/** A plain JSON Schema (draft 2020-12). An engine reduces it to what its server takes. */
export type JsonSchema = Record<string, unknown>

/** What the model is told about a tool. */
export type ToolSpec = { name: string; description: string; parameters: JsonSchema }

/** Only what the model is told, of a tool that is more than that. */
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
 * `answer` text · `tools` at least one call · `cut` by `maxTokens` · `context-full` by the window ·
 * `unusable` nothing that can be used, after the retries that reference appendix A allows.
 */
export type Outcome = 'answer' | 'tools' | 'cut' | 'context-full' | 'unusable'

export type Usage = {
  promptTokens: number
  outputTokens: number
  /** Milliseconds, as the server reports them. */
  loadMs: number
  promptMs: number
  outputMs: number
  /** Requests this reply took, retries included. */
  modelCalls: number
}

export type Reply = { message: AssistantMessage; outcome: Outcome; usage: Usage; warnings: string[] }

/** How tool calls reach us from this model. */
export type ToolCalling = 'native' | 'recovered' | 'prompted' | 'none'

/** How much one request may hold. All counts are estimates that err on the safe side. */
export type Capacity = {
  /** Tokens that prompt and reply share. */
  readonly window: number
  /** Tokens of a request, rather too many than too few. */
  tokens(messages: readonly Message[], tools: readonly ToolSpec[]): number
  /** Bytes of text that this many tokens hold on average. */
  bytes(tokens: number): number
}

/** Things worth showing while a call is under way. */
export type ModelEvent =
  | { type: 'waiting'; elapsedMs: number }
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'retry'; reason: string; attempt: number }
  /** The text of this reply so far turned out to be no part of its answer: what follows stands in its place. */
  | { type: 'withdrawn' }
  | { type: 'warning'; message: string }

export type ChatContext = { signal: AbortSignal; emit: (event: ModelEvent) => void }

/**
 * A chat model, ready to be asked: it is local (or allowed), it is there, its window is fixed.
 * `chat` rejects with LocalBrainError (`overflow` when the prompt outgrows the window); never resolves half a message
 * as an answer; an abort rejects with the signal's reason.
 */
export type Model = Capacity & {
  readonly name: string
  /** Names the weights: the same name may stand for others tomorrow. Empty where the engine cannot tell. */
  readonly id: string
  /** May change within a run, when native calls keep failing. */
  readonly toolCalling: ToolCalling
  chat(request: ChatRequest, context: ChatContext): Promise<Reply>
}
