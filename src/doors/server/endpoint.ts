import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AnswerSettings } from './answer.ts'
import type { ReadBody } from './body.ts'
import type { Dialect } from './dialect.ts'
import type { GuardSettings } from './guard.ts'

/** One request, and the protocol to answer it in. */
export type Route = { request: IncomingMessage; response: ServerResponse; dialect: Dialect }

export type ServerSettings = GuardSettings &
  Omit<AnswerSettings, 'dialect' | 'response' | 'signal' | 'queue' | 'steps'> & {
    port: number
    bind: string
    /** Asks the engine for its version, for `/health`. */
    engineVersion: (signal: AbortSignal) => Promise<string>
    version: string
    /** Requests that are answered at a time, and those that may wait. */
    parallel: number
    waiting: number
  }

/** What all requests share. */
export type Shared = ServerSettings & Pick<AnswerSettings, 'queue' | 'steps'> & { readBody: ReadBody }
