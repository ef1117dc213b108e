import type { ChatContext, Model, ToolCalling, ToolSpec, JsonSchema } from '../core/model.ts'
import type { Store } from '../store/store.ts'
import type { Host } from './host.ts'

/** One model that an engine offers. */
export type ModelInfo = {
  name: string
  /** Names the weights, as `Model.id`. Empty where the engine cannot tell. */
  id: string
  /** Bytes of the weights; 0 where unknown. */
  bytes: number
  /** As the engine writes it: `8.2B`. */
  parameterSize?: string
  family?: string
  /** `completion`, `tools`, `thinking`, `embedding`; absent where the engine does not say. */
  capabilities?: readonly string[]
  /** Nothing that it is asked leaves the machine that the engine runs on. */
  isLocal: boolean
  /** For a model that is not local: where it runs, when that is known. */
  remoteHost?: string
  /** Tokens that it was trained for, where the list says so. */
  trainedWindow?: number
  /** Absent: not in memory. `window` in tokens, 0 where unknown; `spilled`: partly off the graphics card. */
  loaded?: { window: number; spilled: boolean }
}

/** What looking at one model alone tells about it. */
export type ModelDetails = {
  canChat: boolean
  canThink: boolean
  isLocal: boolean
  /** How its tool calls reach us: as declared, or as earlier runs found. */
  toolCalling: ToolCalling
  /** Tokens; absent where the engine does not say. */
  trainedWindow?: number
}

/** The value of `think`: a model that can't think is never asked to. */
export type Think = boolean | 'low' | 'medium' | 'high'

/** How a model is to be opened. */
export type OpenOptions = {
  /** Bytes of the largest request to come; the window is chosen for it. */
  workBytes: number
  /** False: no tools will be offered, and `toolCalling` is `none`. */
  needsTools: boolean
  /** Tokens. Fixes the window. */
  window?: number
  /** Options of the model by the engine's names. */
  options: Readonly<Record<string, unknown>>
  think?: Think
  /** How long it stays in memory afterwards. */
  keepAlive?: string | number
  /** Only with the window it has in memory now: nothing may be loaded for this. Rejects with `load-failed`. */
  loadedOnly?: boolean
}

/** What an engine needs to reach its models. */
export type Access = { host: Host; allowRemote: boolean; store: Store }

/** What decides how a request is sent, besides its messages. */
type Outline = {
  tools: readonly ToolSpec[]
  format: JsonSchema | null
  maxTokens: number
  window: number
  options: OpenOptions['options']
}

/** A request as it is sent, for whoever wants to see it first. */
type Rendered = { tools: ToolSpec[]; format: JsonSchema | null; options: Record<string, unknown> }

/**
 * Who answers. Before `open` nothing of the person's is sent, only names of models. Every method rejects with
 * LocalBrainError: `remote-refused` before a byte goes to another machine that was not allowed.
 */
export type Engine = {
  readonly name: string
  /** Where it is, as a person reads it. */
  readonly url: string
  readonly isThisMachine: boolean
  version(signal: AbortSignal): Promise<string>
  list(signal: AbortSignal): Promise<ModelInfo[]>
  /** A model that can be opened though it is not listed; undefined for every other name. */
  unlisted(name: string): ModelInfo | undefined
  describe(model: ModelInfo, signal: AbortSignal): Promise<ModelDetails>
  /** The model with its window fixed; its first request loads it. */
  open(model: ModelInfo, options: OpenOptions, context: ChatContext): Promise<Model>
  /** What to type to get a model of this name. */
  install(name: string): string
  /** What is sent for this much of a request. Contacts nothing. */
  render(outline: Outline): Rendered
  /** Ends every request that is under way and lets go of connections. */
  close(): void
}
