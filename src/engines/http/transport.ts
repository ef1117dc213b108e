import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Asked } from '../ollama/failure.ts'
import { readReply } from '../ollama/reply.ts'
import { createWatch, type Watch } from './watch.ts'
import { failureOf, socketError, wireError } from '../ollama/wire-error.ts'

/**
 * Milliseconds that each part of a call may take. The whole of it is bounded by the caller's signal, and nothing else
 * bounds the time until a model begins to reply: queue, load and prompt take minutes, and Ollama sends nothing before.
 */
export type Budgets = {
  connectMs: number
  /** Silence within a reply: a long tool call shows nothing while it is written. */
  idleMs: number
  /** Until the reply begins, for a call that asks the model nothing. */
  quickMs: number
  /** How often a call that waits says so. */
  tickMs: number
  /** The shortest pause before a retry that waits for the server (persist.ts). */
  pauseMs: number
}

export const defaultBudgets: Budgets = {
  connectMs: 5000,
  idleMs: 120_000,
  quickMs: 15_000,
  tickMs: 1000,
  pauseMs: 500,
}

export type Call = {
  signal: AbortSignal
  /** For messages, as the person writes it. */
  model?: string
  quick?: boolean
  onWaiting?: (elapsedMs: number) => void
}

/** Runs one call and returns what `use` makes of it. The socket is free again or destroyed when it settles. */
export type Transport = {
  exchange<T>(call: Call, use: (fetch: typeof globalThis.fetch) => Promise<T>): Promise<T>
  close(): void
}

type Link = { asked: Asked; call: Call; budgets: Budgets; watch: Watch; destroy: (error?: Error) => void }

/**
 * Our own `fetch` for the ollama package, one connection kept alive. Node's own gives up after 300 s without headers,
 * follows a redirect with the whole prompt, and can't be aborted before the reply begins.
 */
export function createTransport(options: { url: string; budgets: Budgets }): Transport {
  const base = new URL(options.url)
  // An import of node:http reads all its exports, and with them loads undici: +23 ms on Node 24. This does not.
  const web = process.getBuiltinModule(base.protocol === 'https:' ? 'node:https' : 'node:http')
  const agent = new web.Agent({ keepAlive: true })
  const { budgets } = options

  async function exchange<T>(call: Call, use: (fetch: typeof globalThis.fetch) => Promise<T>): Promise<T> {
    call.signal.throwIfAborted()
    const asked: Asked = { url: options.url, model: call.model }
    const link: Link = { asked, call, budgets, watch: createWatch(), destroy: () => {} }
    const abort = () => link.destroy(new Error('aborted'))
    // guard: call-aborted
    call.signal.addEventListener('abort', abort, { once: true })
    const send = async (input: unknown, init: RequestInit = {}) => {
      call.signal.throwIfAborted()
      const url = new URL(String(input))
      if (url.origin !== base.origin) throw new Error(`a request to ${url.origin} instead of ${base.origin}`)
      asked.path = url.pathname
      const headers = init.headers as Record<string, string>
      const open = (isKept: boolean) =>
        web.request(url, { agent: isKept && agent, method: init.method ?? 'GET', headers })
      const response = await respondOnce(open, (init.body ?? '') as string, link)
      return readReply(response, { asked, idleMs: budgets.idleMs, watch: link.watch })
    }
    try {
      return await use(send as unknown as typeof globalThis.fetch)
    } catch (error) {
      throw call.signal.aborted ? call.signal.reason : error
    } finally {
      call.signal.removeEventListener('abort', abort)
      link.watch.stop()
      link.destroy()
    }
  }
  return { exchange, close: () => agent.destroy() }
}

/** A kept connection may have been closed just now by the server: that is no failure of the request, so it is sent anew. */
async function respondOnce(
  open: (isKept: boolean) => ClientRequest,
  body: string,
  link: Link,
): Promise<IncomingMessage> {
  const request = open(true)
  try {
    return await respond(request, body, link)
  } catch (error) {
    if (!request.reusedSocket || failureOf(error)?.kind !== 'died' || link.call.signal.aborted) throw error
    // A new connection: the other kept ones are as old, and each would cost the server the prompt again.
    return respond(open(false), body, link)
  }
}

/** Sends the request and waits for the head of the reply. */
async function respond(request: ClientRequest, body: string, link: Link): Promise<IncomingMessage> {
  const { asked, budgets, watch, call } = link
  link.destroy = (error) => request.destroy(error)
  const started = performance.now()
  const ticker = setInterval(() => call.onWaiting?.(Math.round(performance.now() - started)), budgets.tickMs)
  const { quickMs } = budgets
  const silent = wireError({ kind: 'silent', text: `sent nothing for ${quickMs / 1000} s` }, asked)
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      // guard: patient-start
      const connected = () => (call.quick === true ? watch.start(quickMs, () => request.destroy(silent)) : watch.stop())
      request.on('error', (error) => reject(socketError(error, false, asked)))
      request.once('response', (response) => {
        link.destroy = (error) => response.destroy(error)
        resolve(response)
      })
      request.once('socket', (socket) => {
        if (!socket.connecting) return connected()
        watch.start(budgets.connectMs, () => request.destroy(wireError({ kind: 'unreachable' }, asked)))
        socket.once(request.protocol === 'https:' ? 'secureConnect' : 'connect', connected)
      })
      request.end(body)
    })
  } finally {
    clearInterval(ticker)
    watch.stop()
  }
}
