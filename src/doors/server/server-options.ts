import type { Emit } from '../../core/events.ts'
import type { Access } from '../../core/access.ts'
import type { GitEnvironment } from '../../workspace/git/environment.ts'

/** When the server's own tools are offered. `auto`: when the client brings none. */
export type Inject = 'auto' | 'always' | 'never'

/** What a program that starts a server says of it. */
export type ServerOptions = {
  /** The folder that tools work in. Default: the git top level of the current folder, else that folder. */
  root?: string
  /** Default: 0, which picks one. */
  port?: number
  /** The address to listen on; any but this machine's own needs a token. Default: 127.0.0.1. */
  bind?: string
  /** Clients have to send it. With more than reading one is made when none is given. */
  token?: string
  /** What tools may do. Default: read. */
  allow?: readonly Access[]
  /** Beginnings of the only commands that may be run. Default: any, in a sandbox. */
  commands?: readonly string[]
  /** Default: `auto`. */
  inject?: Inject
  /** Requests to the model for one request of a client. Default: 10. */
  maxIterations?: number
  /** Answers for models that are not installed. Default: automatic choice. */
  defaultModel?: string
  /** Written like OLLAMA_HOST, which is the default. */
  host?: string
  allowRemote?: boolean
  /** For an OpenAI-compatible server that wants a key. */
  key?: string
  /** The window of every model, in tokens. Default: as large as is safe. */
  numCtx?: number
  /** With a PATH, for commands and git. Default: the system's program folders. */
  environment?: GitEnvironment
  /** Gets every event. */
  emit?: Emit
}
