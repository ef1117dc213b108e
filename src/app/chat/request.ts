import type { Emit } from '../../core/events.ts'
import type { Approve } from '../../core/permission.ts'
import type { Engine } from '../../engines/engine.ts'
import type { SessionRequest } from '../request.ts'

export type ChatSessionRequest = Omit<SessionRequest, 'skill' | 'hook' | 'direct' | 'takeOver'> & {
  /** Default: `chat`. */
  skill?: string
  /** Override the skill's own limits for one message; `timeout` in seconds. */
  limits?: { turns?: number; timeout?: number }
  /** Other folders that tools may read. */
  addDirs?: readonly string[]
  /** Work in a copy of the folder. */
  scratch?: boolean
  /** Keep the conversation on disk. */
  keep?: boolean
}

export type ChatSessionContext = {
  emit: Emit
  /** Ends everything. */
  signal: AbortSignal
  /** Asks a person about what is not allowed. Their time does not count. */
  approve?: Approve
  /** Default: the engine that the request's host names. */
  engine?: Engine
}

export type SendOptions = {
  /** Ends the turn; what was said and changed by then stays. */
  signal?: AbortSignal | undefined
  /** Gets what happens in this turn. Default: the chat's own listener. */
  emit?: Emit | undefined
  /** The text is a message as it was sent before: nothing is added to it. */
  asIs?: boolean | undefined
}
