import type { ChatRequest as PackageChat, Ollama } from 'ollama/browser'
import type * as z from 'zod'
import type { Usage } from '../../core/model.ts'
import type { ChatReply } from '../chat/wire.ts'
import { readNativeCalls } from '../dialect/native.ts'
import { type Budgets, type Call, type TransportOptions, createTransport, defaultBudgets } from '../http/transport.ts'
import { readReply } from './reply.ts'
import { wireError } from './wire-error.ts'
import { safeText } from '../http/server-text.ts'
import {
  type ChatEvent,
  chatEvent,
  type InstalledModel,
  type LoadedModel,
  psReply,
  type ShownModel,
  showReply,
  tagsReply,
  versionReply,
} from './wire-schema.ts'

export type { InstalledModel, LoadedModel, ShownModel } from './wire-schema.ts'

type ChatCall = Omit<Call, 'quick'> & { onDelta: (delta: { content: string; thinking: string }) => void }

export type OllamaServer = {
  readonly url: string
  readonly budgets: Budgets
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

  function quick<S extends z.ZodType>(schema: S, get: (client: Ollama) => Promise<unknown>, model?: string) {
    return async (signal: AbortSignal): Promise<z.infer<S>> =>
      ask({ signal, quick: true, model }, async (client) => valid(schema, await get(client), url))
  }

  return {
    url,
    budgets,
    version: quick(versionReply, async (client) => client.version()),
    tags: quick(tagsReply, async (client) => client.list()),
    ps: quick(psReply, async (client) => client.ps()),
    show: async (name, signal) => quick(showReply, async (client) => client.show({ model: name }), name)(signal),
    chat: async (body, call) =>
      ask(call, async (client) => {
        const stream = await client.chat(body as unknown as PackageChat & { stream: true })
        const reply = createCollector(url)
        for await (const event of stream) call.onDelta(reply.add(valid(chatEvent, event, url)))
        return reply.whole()
      }),
    close: () => transport.close(),
  }
}

function valid<S extends z.ZodType>(schema: S, value: unknown, url: string): z.infer<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const text = `"${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}`
  throw wireError({ kind: 'odd-reply', text: safeText(text) }, { url })
}

/** Characters of all arguments in one reply, which stay in memory, parsed. */
const maxArguments = 512 * 1024

function createCollector(url: string) {
  let argumentChars = 0
  const reply: ChatReply = { content: '', thinking: '', calls: [], doneReason: '', usage: usageOf({}) }
  return {
    add(event: ChatEvent) {
      const content = event.message?.content ?? ''
      const thinking = event.message?.thinking ?? ''
      reply.content += content
      reply.thinking += thinking
      for (const call of readNativeCalls(event.message?.tool_calls)) {
        argumentChars += JSON.stringify(call.arguments ?? {}).length
        if (argumentChars > maxArguments) throw wireError({ kind: 'broken', text: 'its calls are too long' }, { url })
        reply.calls.push(call)
      }
      reply.doneReason = event.done_reason ?? reply.doneReason
      reply.usage = usageOf(event)
      return { content, thinking }
    },
    whole: () => reply,
  }
}

function usageOf(event: ChatEvent): Usage {
  const milliseconds = (nanoseconds = 0) => Math.round(nanoseconds / 1e6)
  return {
    promptTokens: event.prompt_eval_count ?? 0,
    outputTokens: event.eval_count ?? 0,
    loadMs: milliseconds(event.load_duration),
    promptMs: milliseconds(event.prompt_eval_duration),
    outputMs: milliseconds(event.eval_duration),
    modelCalls: 1,
  }
}
