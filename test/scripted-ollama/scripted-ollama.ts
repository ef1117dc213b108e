/**
 * A scripted Ollama: a real HTTP server on this machine that behaves on the wire as Ollama does and says what it is
 * told. The tests and the benchmarks talk to it. No model is involved.
 *
 *   const server = await startScriptedOllama({ script: [reply.calls({ name: 'read_file', arguments: { path: 'a' } }), reply.text('Done.')] })
 *   … server.url, server.requests[1]?.messages, server.loads, server.violations …
 *   await server.close()
 *
 * A request that this project's client must never send (strict.ts) is answered with a loud 500; `strict: false` takes
 * whatever Ollama takes. `requests` holds the chats with messages, `log` everything.
 *
 * A script is a list of replies, or of functions `(request, { index, shown }) => reply`, or one such function for all.
 * A reply is one of these; they join by spreading: `[...reply.thinking('hm'), ...reply.text('so')]`.
 *
 * | reply.                     | what the client gets                                                              |
 * |----------------------------|-----------------------------------------------------------------------------------|
 * | text('a', hold, 'b')       | one event per chunk, then the end; at a hold the server waits for `release()`     |
 * | thinking('…')              | the same as thinking; only from a model that has it, while it is not switched off |
 * | json(value)                | the value as text                                                                 |
 * | calls({ name, arguments }) | tool calls, where the model's way puts them: while they close, or in the last chunk |
 * | lastCalls(…)               | tool calls in the last chunk                                                      |
 * | empty()                    | tokens were spent and nothing arrived                                             |
 * | cut('…')                   | text, then done_reason "length"                                                   |
 * | done({ reason, text, promptTokens, outputTokens }) | another end than the usual one: its reason, content, counts |
 * | error(500, '…')            | that status before the first event, an error line after it                        |
 * | errorLine('…', 'before')   | text, then an error line under status 200                                         |
 * | busy()                     | 503, queue full                                                                   |
 * | broken('…')                | the stream ends without its last object                                           |
 * | reset('…')                 | the connection is reset                                                           |
 * | silent('…')                | nothing more until the client leaves                                              |
 * | raw(bytes)                 | these bytes in the stream                                                         |
 * | redirect(url)              | 307                                                                               |
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ChatBody } from './chat-body.ts'
import { createTokenizer } from './context-window.ts'
import type { Hold } from './hold.ts'
import { resolveModel, type ScriptedModel } from './model-spec.ts'
import { answerRequest } from './routes.ts'
import { createRunners } from './runners.ts'
import { createScript, type ScriptSource } from './script-reader.ts'
import { createQueue, type LogEntry, type ServerState, type Settings } from './server-state.ts'
import { sendRefusal } from './wire.ts'

export { hold } from './hold.ts'
export type { ScriptedModel } from './model-spec.ts'
export { reply } from './reply.ts'
export type { ScriptSource } from './script-reader.ts'

export type ScriptedOllamaOptions = Partial<Settings> & {
  /** Default: one model, `scripted:latest`, with tools. The first is the one to use. */
  models?: ScriptedModel[]
  pullable?: ScriptedModel[]
  script?: ScriptSource
  /** Default: any that is free. */
  port?: number
  /** For a request and a Modelfile without `num_ctx`. */
  defaultNumCtx?: number
  bytesPerToken?: number
}

export type ScriptedOllama = {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Every chat request with messages, as it was sent, in order of arrival. */
  readonly requests: readonly ChatBody[]
  /** Every HTTP request. `status` is 0 while it is open, and for ever when no answer was sent. */
  readonly log: readonly LogEntry[]
  /** How often a model was loaded. */
  readonly loads: number
  /** Chat requests whose client left before the end. */
  readonly cancellations: number
  /** The most chat requests that were there at once. */
  readonly maxAtOnce: number
  /** Where a client broke its promises (strict.ts), or asked for more than the script has. */
  readonly violations: readonly string[]
  close(): Promise<void>
}

const defaults: Settings = {
  version: '0.32.15',
  writes: 'split',
  strict: true,
  overflow: 'nested',
  cloud: 'open',
  parallel: 1,
  pull: { chunks: 2, pauseMs: 0 },
}

export async function startScriptedOllama(options: ScriptedOllamaOptions = {}): Promise<ScriptedOllama> {
  const state = createState(options)
  // Go keeps an idle connection; Node would drop it under a client that is about to use it again.
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    answerRequest(state, request, response).catch((error: unknown) => {
      const violation = `the script failed: ${String(error)}`
      state.violations.push(violation)
      if (response.headersSent) response.destroy()
      else sendRefusal(response, { status: 500, error: violation })
    })
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests: state.requests,
    log: state.log,
    violations: state.violations,
    get loads() {
      return state.runners.loads
    },
    get cancellations() {
      return state.cancellations
    },
    get maxAtOnce() {
      return state.queue.most
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function createState(options: ScriptedOllamaOptions): ServerState {
  const { models = [{ name: 'scripted' }], pullable = [], script = [] } = options
  const { defaultNumCtx = 4096, bytesPerToken = 4, ...settings } = options
  const loading: { loading?: Hold } = options.loading ? { loading: options.loading } : {}
  const installed = models.map(resolveModel)
  return {
    settings: { ...defaults, ...settings },
    models: installed,
    pullable: pullable.map(resolveModel),
    pulled: new Map(),
    countTokens: createTokenizer(bytesPerToken),
    script: createScript(script),
    runners: createRunners({ models: installed, defaultNumCtx, ...loading }),
    queue: createQueue(options.parallel ?? defaults.parallel),
    requests: [],
    log: [],
    violations: [],
    cancellations: 0,
  }
}
