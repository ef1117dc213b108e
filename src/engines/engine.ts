import type { ChatContext, Model, ToolCalling, ToolSpec, JsonSchema } from '../core/model.ts'
import type { Store } from '../store/store.ts'
import type { Host } from './host.ts'

/** One model that an engine offers. */
export type ModelInfo = {
  name: string
  /** Identifies the weights, like `Model.id`. Empty when the engine cannot tell. */
  id: string
  /** Bytes of the weights; 0 when unknown. */
  bytes: number
  /** As the engine writes it: `8.2B`. */
  parameterSize?: string
  family?: string
  /** `completion`, `tools`, `thinking`, `embedding`; absent when the engine does not say. */
  capabilities?: readonly string[]
  /** True when it runs on the engine's machine, so that no prompt leaves that machine. */
  isLocal: boolean
  /** Where a model that is not local runs, if known. */
  remoteHost?: string
  /** The window that it was trained for, in tokens, if the list has it. */
  trainedWindow?: number
  /** Absent: not in memory. `window` in tokens, 0 when unknown; `spilled`: only part of it is on the graphics card. */
  loaded?: { window: number; spilled: boolean }
}

/** More about one model, which the engine has to be asked for. */
export type ModelDetails = {
  canChat: boolean
  canThink: boolean
  isLocal: boolean
  /** How its tool calls arrive: as declared, or as earlier runs found out. */
  toolCalling: ToolCalling
  /** An earlier run found out how they arrive; else it is what the engine declares. */
  isMeasured?: boolean
  /** Tokens; absent when the engine does not say. */
  trainedWindow?: number
}

/** Whether and how hard the model should think. Ignored for a model that can't think. */
export type Think = boolean | 'low' | 'medium' | 'high'

/** How to open a model. */
export type OpenOptions = {
  /** Bytes of the largest request to come. The window is chosen to hold it. */
  workBytes: number
  /** False: no tools will be offered, and `toolCalling` is `none`. */
  needsTools: boolean
  /** A fixed window, in tokens. */
  window?: number
  /** Model options under the engine's names. */
  options: Readonly<Record<string, unknown>>
  think?: Think
  /** How long it stays in memory afterwards. */
  keepAlive?: string | number
  /** Load nothing: only open the model if it is in memory, with the window that it has there. Else `load-failed`. */
  loadedOnly?: boolean
}

/** What an engine needs to reach its models. */
export type EngineAccess = {
  host: Host
  allowRemote: boolean
  store: Store
  /** Whether what the last run was told may take the place of questions, where it can be seen to hold still. */
  recall?: boolean
  /** For a server that wants one. It is sent to this host and nowhere else, and never to an Ollama server. */
  key?: string
  /** Where the embedded engine is installed. */
  folder?: string
}

/** How far a download is, in bytes; `total` is 0 while it is unknown. */
export type OnTransfer = (bytes: number, total: number) => void

export type PullContext = { signal: AbortSignal; onTransfer: OnTransfer }

/** Everything that decides how a request is sent, except its messages. */
type Outline = {
  tools: readonly ToolSpec[]
  format: JsonSchema | null
  maxTokens: number
  window: number
  options: OpenOptions['options']
}

/** The same as it is sent, for `--dry-run`. */
type Rendered = { tools: ToolSpec[]; format: JsonSchema | null; options: Record<string, unknown> }

/**
 * Runs models. Before a model is opened and asked, only names of models are sent. Methods reject with LocalBrainError:
 * `remote-refused` before a byte goes to another machine without permission.
 */
export type Engine = {
  readonly name: string
  /** Its address, for people. */
  readonly url: string
  readonly isThisMachine: boolean
  /** Loads the code that talks to the server. Contacts nothing. */
  load?: () => Promise<unknown>
  version(signal: AbortSignal): Promise<string>
  list(signal: AbortSignal): Promise<ModelInfo[]>
  /** A model of this name that can be opened although it is not listed, such as a cloud model. */
  unlisted(name: string): ModelInfo | undefined
  describe(model: ModelInfo, signal: AbortSignal): Promise<ModelDetails>
  /** Opens a model with a fixed window. Its first request loads it. */
  open(model: ModelInfo, options: OpenOptions, context: ChatContext): Promise<Model>
  /** The command that installs a model of this name. */
  install(name: string): string
  /** The command that gets a first model, where none need be named. Default: that which installs the recommended one. */
  first?: string
  /** Downloads a model to where the engine runs. What is there when it is aborted stays, and the next one goes on. */
  pull?: (name: string, context: PullContext) => Promise<void>
  /** What would be sent. Contacts nothing. */
  render(outline: Outline): Rendered
  /** Ends all requests and closes all connections. */
  close(): void
}
