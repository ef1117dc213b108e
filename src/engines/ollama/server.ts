import type { ChatRequest as PackageChat, Ollama } from 'ollama/browser'
import type { Usage } from '../../core/model.ts'
import type { ChatReply, Listening } from '../chat/wire.ts'
import { readNativeCalls } from '../dialect/native.ts'
import { type Budgets, type Call, defaultBudgets } from '../http/link.ts'
import { type TransportOptions, createTransport } from '../http/transport.ts'
import { readReply } from './reply.ts'
import { wireError } from './wire-error.ts'
import {
  type ChatEvent,
  type InstalledModel,
  type LoadedModel,
  type Reader,
  readEvent,
  readPs,
  readShow,
  readTags,
  readVersion,
  type ShownModel,
} from './wire-schema.ts'

export type { InstalledModel, LoadedModel, ShownModel } from './wire-schema.ts'

type ChatCall = Omit<Call, 'quick'> & Pick<Listening, 'onDelta'>

export type OllamaServer = {
  readonly url: string
  readonly budgets: Budgets
  /** Loads the code that connects. Contacts nothing. */
  load(): Promise<unknown>
  version(signal: AbortSignal): Promise<string>
  tags(signal: AbortSignal): Promise<InstalledModel[]>
  ps(signal: AbortSignal): Promise<LoadedModel[]>
  /** Sends only the name. Rejects with `model-missing`. */
  show(name: string, signal: AbortSignal): Promise<ShownModel>
  /** One request without retries, and the events of its stream put together. `body` comes from `chatBody`. */
  chat(body: Record<string, unknown>, call: ChatCall): Promise<ChatReply>
  close(): void
}

export const defaultKeepAlive = '10m'

type ServerOptions = Pick<TransportOptions<unknown>, 'url' | 'refusePeer'> & { budgets?: Partial<Budgets> }

/** An Ollama server. Nothing is sent until a method is called; every reply is validated. */
export function createServer(options: ServerOptions): OllamaServer {
  const { url, refusePeer } = options
  const budgets = { ...defaultBudgets, ...options.budgets }
  const transport = createTransport({ url, budgets, protocol: { read: readReply, fail: wireError }, refusePeer })

  async function ask<T>(call: Call, use: (client: Ollama) => Promise<T>): Promise<T> {
    return transport.exchange(call, async (send) => {
      // Unlike the other build, the browser build never takes a text for the path of a file.
      const { Ollama: Client } = await import('ollama/browser')
      return use(new Client({ host: url, fetch: send as unknown as typeof globalThis.fetch }))
    })
  }

  function quick<T>(read: Reader<T>, get: (client: Ollama) => Promise<unknown>, model?: string) {
    return async (signal: AbortSignal): Promise<T> =>
      ask({ signal, quick: true, model }, async (client) => valid(read, await get(client), url))
  }

  return {
    url,
    budgets,
    load: async () => transport.load(),
    version: quick(readVersion, async (client) => client.version()),
    tags: quick(readTags, async (client) => client.list()),
    ps: quick(readPs, async (client) => client.ps()),
    show: async (name, signal) => quick(readShow, async (client) => client.show({ model: name }), name)(signal),
    chat: async (body, call) =>
      ask(call, async (client) => {
        const stream = await client.chat(body as unknown as PackageChat & { stream: true })
        const reply = createCollector(url)
        for await (const event of stream) call.onDelta(reply.add(valid(readEvent, event, url)))
        return reply.whole()
      }),
    close: () => transport.close(),
  }
}

function valid<T>(read: Reader<T>, value: unknown, url: string): T {
  const found = read(value)
  if (found === undefined) throw wireError({ kind: 'odd-reply', text: 'its reply has another shape' }, { url })
  return found
}

/** Characters of all arguments in one reply, which stay in memory, parsed. */
const maxArguments = 512 * 1024

function createCollector(url: string) {
  let argumentChars = 0
  const reply: ChatReply = { content: '', thinking: '', calls: [], doneReason: '', usage: usageOf({}) }
  return {
    add(event: ChatEvent) {
      const { content, thinking } = event
      reply.content += content
      reply.thinking += thinking
      for (const call of readNativeCalls(event.calls)) {
        argumentChars += JSON.stringify(call.arguments ?? {}).length
        if (argumentChars > maxArguments) throw wireError({ kind: 'broken', text: 'its calls are too long' }, { url })
        reply.calls.push(call)
      }
      reply.doneReason = event.doneReason ?? reply.doneReason
      reply.usage = usageOf(event.amounts)
      return { content, thinking }
    },
    whole: () => reply,
  }
}

function usageOf(amounts: ChatEvent['amounts']): Usage {
  const milliseconds = (nanoseconds = 0) => Math.round(nanoseconds / 1e6)
  return {
    promptTokens: amounts.prompt_eval_count ?? 0,
    outputTokens: amounts.eval_count ?? 0,
    loadMs: milliseconds(amounts.load_duration),
    promptMs: milliseconds(amounts.prompt_eval_duration),
    outputMs: milliseconds(amounts.eval_duration),
    modelCalls: 1,
  }
}
