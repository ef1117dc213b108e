import { setTimeout as delay } from 'node:timers/promises'
import type * as z from 'zod'
import { isError } from '../../errors.ts'
import { failureOf } from '../chat/failure.ts'
import type { ChatReply, Listening } from '../chat/wire.ts'
import { safeText } from '../http/server-text.ts'
import { type Budgets, type Call, defaultBudgets } from '../http/link.ts'
import { type TransportOptions, createTransport } from '../http/transport.ts'
import { createCollector } from './collect.ts'
import { wireError } from './refusal.ts'
import { readReply } from './reply.ts'
import { chatEvent, type ListedModel, modelsReply, propsReply, studioReply, type StudioModel } from './wire-schema.ts'

type ChatCall = Omit<Call, 'quick'> & Pick<Listening, 'onDelta'>

export type OpenAiServer = {
  readonly budgets: Budgets
  /** Loads the code that connects. Contacts nothing. */
  load(): Promise<unknown>
  models(signal: AbortSignal): Promise<ListedModel[]>
  /** What llama.cpp says about itself; undefined from any other server. */
  props(signal: AbortSignal): Promise<z.infer<typeof propsReply> | undefined>
  /** What LM Studio says about its models; undefined from any other server. */
  studioModels(signal: AbortSignal): Promise<StudioModel[] | undefined>
  /** One request without retries, and the events of its stream put together. `body` comes from `chatBody`. */
  chat(body: Record<string, unknown>, call: ChatCall): Promise<ChatReply>
  close(): void
}

type ServerOptions = Pick<TransportOptions<unknown>, 'refusePeer'> & {
  /** Without a slash at the end; with `/v1` or without. */
  url: string
  /** Sent with every request, and nowhere else. */
  key?: string
  budgets?: Partial<Budgets>
}

/** Half a second each: weights of many gigabytes take minutes. */
const maxTries = 240

/** The address without the version, below which servers have paths of their own. */
function rootOf(url: string): string {
  return url.replace(/\/v1$/, '')
}

/** An OpenAI-compatible server. Nothing is sent until a method is called; every reply is validated. */
export function createServer({ url, key, refusePeer, ...options }: ServerOptions): OpenAiServer {
  const budgets = { ...defaultBudgets, ...options.budgets }
  const transport = createTransport({ url, budgets, protocol: { read: readReply, fail: wireError }, refusePeer })
  const root = rootOf(url)
  const headers = { Accept: 'application/json', ...(key !== undefined && { Authorization: `Bearer ${key}` }) }

  async function get<S extends z.ZodType>(path: string, schema: S, signal: AbortSignal): Promise<z.infer<S>> {
    const once = async () =>
      transport.exchange({ signal, quick: true }, async (send) => {
        const { objects } = await send(`${root}${path}`, { headers })
        for await (const object of objects) return valid(schema, object, url)
        throw wireError({ kind: 'odd-reply', text: 'its reply is empty' }, { url, path })
      })
    // llama.cpp answers nothing else while it loads.
    for (let tries = 1; ; tries += 1) {
      try {
        return await once()
      } catch (error) {
        if (failureOf(error)?.kind !== 'loading' || tries === maxTries) throw error
        await delay(budgets.pauseMs, undefined, { signal })
      }
    }
  }

  return {
    budgets,
    load: async () => transport.load(),
    models: async (signal) => get('/v1/models', modelsReply, signal),
    props: async (signal) => unlessOther(get('/props', propsReply, signal)),
    studioModels: async (signal) => unlessOther(get('/api/v0/models', studioReply, signal)),
    async chat(body, call) {
      return transport.exchange(call, async (send) => {
        const { objects } = await send(`${root}/v1/chat/completions`, {
          method: 'POST',
          headers: { ...headers, Accept: 'text/event-stream', 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        })
        const reply = createCollector((text) => wireError({ kind: 'broken', text }, { url, model: call.model }))
        for await (const object of objects) call.onDelta(reply.add(valid(chatEvent, object, url)))
        return reply.whole()
      })
    },
    close: () => transport.close(),
  }
}

function valid<S extends z.ZodType>(schema: S, value: unknown, url: string): z.infer<S> {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const text = `"${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}`
  throw wireError({ kind: 'odd-reply', text: safeText(text) }, { url })
}

/** Only one kind of server has the path, and the others refuse it in many ways. */
async function unlessOther<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (isError(error) && !isError(error, 'busy', 'unreachable', 'timeout')) return undefined
    throw error
  })
}
