import type { ClientRequest, IncomingMessage } from 'node:http'
import { LocalBrainError } from '../../errors.ts'
import type { Reading } from './body.ts'
import { type Asked, type Fail, socketFailure } from './failure.ts'
import { createWatch, type Watch } from './watch.ts'

/**
 * Milliseconds that each part of a call may take. Only the caller's signal bounds the whole call and the time until a
 * model begins to reply: queue, load and prompt can take minutes, in which a server may send nothing.
 */
export type Budgets = {
  connectMs: number
  /** Silence within a reply. It has to be long, since nothing is sent while the model writes a long tool call. */
  idleMs: number
  /** Until the reply begins, and silence within it, for a call that does not ask the model. */
  quickMs: number
  /** How often a waiting call reports that it waits. */
  tickMs: number
  /** The base of the pauses before retries (persist.ts). */
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
  /** The model's name for error messages, as the person wrote it. */
  model?: string
  quick?: boolean
  onWaiting?: (elapsedMs: number) => void
}

/** Sends one request and reads its reply as the engine's protocol does. */
type Send<Reply> = (
  url: string,
  init?: { method?: string; headers?: Record<string, string>; body?: string },
) => Promise<Reply>

/** `exchange` runs one call and returns the result of `use`. When it settles, the socket is free again or destroyed. */
export type Transport<Reply> = {
  exchange<T>(call: Call, use: (send: Send<Reply>) => Promise<T>): Promise<T>
  close(): void
}

/** What the server of an engine speaks. */
type Protocol<Reply> = {
  /** The head of a reply → what the engine's client reads. */
  read(response: IncomingMessage, reading: Reading): Promise<Reply>
  fail: Fail
}

type Link = {
  asked: Asked
  call: Call
  budgets: Budgets
  fail: Fail
  watch: Watch
  refusePeer: (address: string) => Error | undefined
  destroy: (error?: Error) => void
}

export type TransportOptions<Reply> = {
  url: string
  budgets: Budgets
  protocol: Protocol<Reply>
  /** Why nothing may be sent to the address that a connection really led to, whatever name it was asked for by. */
  refusePeer?: (address: string) => Error | undefined
}

/** Informational replies (1xx) before the reply itself; a server that goes on with them has no other. */
const maxInformation = 20

/**
 * Requests to one server over connections that are kept alive. Node's own `fetch` gives up after 300 s without headers,
 * follows a redirect with the whole prompt, and can't be aborted before the reply begins.
 */
export function createTransport<Reply>(options: TransportOptions<Reply>): Transport<Reply> {
  const base = new URL(options.url)
  // Importing node:http reads all its exports and so loads undici: 23 ms on Node 24. This does not.
  const web = process.getBuiltinModule(base.protocol === 'https:' ? 'node:https' : 'node:http')
  const agent = new web.Agent({ keepAlive: true })
  const { budgets, protocol, refusePeer = () => undefined } = options
  const { fail } = protocol

  async function exchange<T>(call: Call, use: (send: Send<Reply>) => Promise<T>): Promise<T> {
    call.signal.throwIfAborted()
    const asked: Asked = { url: options.url, model: call.model }
    const link: Link = { asked, call, budgets, fail, watch: createWatch(), refusePeer, destroy: () => {} }
    const abort = () => link.destroy(new Error('aborted'))
    // guard: call-aborted
    call.signal.addEventListener('abort', abort, { once: true })
    const send: Send<Reply> = async (input, { method = 'GET', headers = {}, body = '' } = {}) => {
      call.signal.throwIfAborted()
      const url = new URL(input)
      if (url.origin !== base.origin) throw new Error(`a request to ${url.origin} instead of ${base.origin}`)
      asked.path = url.pathname
      const open = (isKept: boolean) => web.request(url, { agent: isKept && agent, method, headers })
      const response = await respondOnce(open, body, link)
      // guard: quick-silence
      const idleMs = call.quick === true ? budgets.quickMs : budgets.idleMs
      return protocol.read(response, { asked, idleMs, watch: link.watch, fail })
    }
    try {
      return await use(send)
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

/**
 * The server may just have closed a connection that was kept alive. The request did not fail then, so send it again.
 */
async function respondOnce(
  open: (isKept: boolean) => ClientRequest,
  body: string,
  link: Link,
): Promise<IncomingMessage> {
  const request = open(true)
  try {
    return await respond(request, body, link)
  } catch (error) {
    if (!request.reusedSocket || !hasDied(error as Error) || link.call.signal.aborted) throw error
    // Use a new connection: the others are as old, and each failure could cost the server the whole prompt again.
    return respond(open(false), body, link)
  }
}

/** Sends the request and waits for the head of the reply. */
async function respond(request: ClientRequest, body: string, link: Link): Promise<IncomingMessage> {
  const { asked, budgets, fail, watch, call } = link
  link.destroy = (error) => request.destroy(error)
  const started = performance.now()
  const ticker = setInterval(() => call.onWaiting?.(Math.round(performance.now() - started)), budgets.tickMs)
  const { quickMs } = budgets
  const silent = fail({ kind: 'silent', text: `sent nothing for ${quickMs / 1000} s` }, asked)
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const connected = (peer: string) => {
        const refused = link.refusePeer(peer)
        // guard: peer-refused
        if (refused !== undefined) {
          request.destroy(refused)
          return
        }
        // guard: patient-start
        if (call.quick === true) watch.start(quickMs, () => request.destroy(silent))
        else watch.stop()
        // Only now: what is written to a socket that is connecting goes out with the connection.
        request.end(body)
      }
      request.on('error', (error) => {
        reject(error instanceof LocalBrainError ? error : fail(socketFailure(error, false), asked))
      })
      refuseOdd(request, reject, link)
      request.once('response', (response) => {
        link.destroy = (error) => response.destroy(error)
        resolve(response)
      })
      request.once('socket', (socket) => {
        const peer = () => connected(socket.remoteAddress ?? '')
        if (!socket.connecting) return peer()
        watch.start(budgets.connectMs, () => request.destroy(fail({ kind: 'unreachable' }, asked)))
        socket.once(request.protocol === 'https:' ? 'secureConnect' : 'connect', peer)
      })
    })
  } finally {
    clearInterval(ticker)
    watch.stop()
  }
}

/** Ends a call that never gets a reply: endless informational ones, or a switch to another protocol. */
function refuseOdd(request: ClientRequest, reject: (error: Error) => void, { asked, fail }: Link): void {
  let information = 0
  request.on('information', () => {
    information += 1
    // guard: information-limit
    if (information > maxInformation)
      request.destroy(fail({ kind: 'odd-reply', text: 'it only says that it will reply' }, asked))
  })
  // guard: no-upgrade
  request.once('upgrade', (_, socket) => {
    socket.destroy()
    reject(fail({ kind: 'odd-reply', text: 'it switches to another protocol' }, asked))
  })
}

function hasDied({ cause }: Error): boolean {
  return typeof cause === 'object' && cause !== null && 'kind' in cause && cause.kind === 'died'
}
