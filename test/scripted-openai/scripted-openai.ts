/**
 * A scripted OpenAI-compatible server: a real HTTP server on this machine with the paths and the words of one of the
 * servers that people run. It takes the scripts of the scripted Ollama, and shows its requests as that does, so that a
 * test can hold against both.
 *
 * What the servers say was taken from llama.cpp's source (tools/server) and tried against it; for vLLM, SGLang and
 * LM Studio it was written down from their documentation and reports, and not tried against them.
 */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { ChatBody } from '../scripted-ollama/chat-body.ts'
import { createTokenizer } from '../scripted-ollama/context-window.ts'
import { type Script, type ScriptSource, createScript } from '../scripted-ollama/script-reader.ts'
import { type Queue, createQueue } from '../scripted-ollama/server-state.ts'
import { sendJson } from '../scripted-ollama/wire.ts'
import { answerChat } from './chat.ts'
import { type Flavor, type FlavorName, flavors } from './flavors.ts'

export type ScriptedOpenAiOptions = {
  script?: ScriptSource
  /** Default: llama.cpp. */
  flavor?: FlavorName
  /** Default: one, named as the flavor names models. */
  models?: string[]
  /** Default 8192. Of `bare`, which says nothing of it, too. */
  window?: number
  /** Without it every key is welcome. */
  key?: string
  /** False: tools are refused in the words of the server. */
  tools?: boolean
  /** Requests at a time; the others wait. */
  parallel?: number
  /** More than that at once get 429. */
  most?: number
  /** What a request asks for beyond it is refused, as vLLM does. */
  strictLength?: boolean
}

export type ScriptedOpenAi = {
  /** Ends in `/v1`. */
  readonly url: string
  /** Every chat request, as the scripted Ollama shows it. */
  readonly requests: readonly ChatBody[]
  /** The same as they came over the wire. */
  readonly bodies: readonly Record<string, unknown>[]
  readonly log: readonly { method: string; path: string; key: string | undefined; status: number }[]
  readonly cancellations: number
  readonly maxAtOnce: number
  /** Where the script was too short. */
  readonly violations: readonly string[]
}

export type OpenAiState = {
  flavor: Flavor
  models: string[]
  window: number
  key: string | undefined
  tools: boolean
  most: number
  strictLength: boolean
  script: Script
  queue: Queue
  countTokens: (text: string) => number
  requests: ChatBody[]
  bodies: Record<string, unknown>[]
  log: { method: string; path: string; key: string | undefined; status: number }[]
  violations: string[]
  present: number
  cancellations: number
}

/** A server for one test, gone afterwards. */
export async function serveOpenAi(options: ScriptedOpenAiOptions = {}): Promise<ScriptedOpenAi> {
  const flavor = flavors[options.flavor ?? 'llama.cpp']
  const state: OpenAiState = {
    flavor,
    models: options.models ?? [flavor.model],
    window: options.window ?? 8192,
    key: options.key,
    tools: options.tools ?? true,
    most: options.most ?? Number.POSITIVE_INFINITY,
    strictLength: options.strictLength ?? false,
    script: createScript(options.script ?? []),
    queue: createQueue(options.parallel ?? 1),
    countTokens: createTokenizer(4),
    requests: [],
    bodies: [],
    log: [],
    violations: [],
    present: 0,
    cancellations: 0,
  }
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    answer(state, request, response).catch((error: unknown) => {
      state.violations.push(`the script failed: ${String(error)}`)
      response.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: state.requests,
    bodies: state.bodies,
    log: state.log,
    violations: state.violations,
    get cancellations() {
      return state.cancellations
    },
    get maxAtOnce() {
      return state.queue.most
    },
  }
}

async function answer(state: OpenAiState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*/s, '')
  const key = request.headers.authorization?.replace(/^Bearer /, '')
  const entry = { method: request.method ?? '', path, key, status: 0 }
  state.log.push(entry)
  response.once('close', () => {
    entry.status = response.headersSent ? response.statusCode : 0
  })
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  if (state.key !== undefined && key !== state.key) {
    const error = { message: 'Invalid API Key', type: 'authentication_error', code: 401 }
    return sendJson(response, 401, { error })
  }
  if (entry.method === 'POST' && path === '/v1/chat/completions') {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>
    return answerChat(state, body, response)
  }
  const found = state.flavor.get(path, state)
  if (found !== undefined) return sendJson(response, 200, found)
  const { status, body } = state.flavor.missing(entry.method, path)
  return sendJson(response, status, body)
}
