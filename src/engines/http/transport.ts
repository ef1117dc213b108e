import { isOwnAddress } from '../host.ts'
import type { Reading } from './body.ts'
import type { Asked, Fail } from './failure.ts'
import type { Budgets, Call, Connection, Incoming, Link } from './link.ts'
import { createWatch } from './watch.ts'

/** Sends one request and reads its reply as the engine's protocol does. */
type Send<Reply> = (
  url: string,
  init?: { method?: string; headers?: Record<string, string>; body?: string },
) => Promise<Reply>

/** `exchange` runs one call and returns the result of `use`. When it settles, the socket is free again or destroyed. */
export type Transport<Reply> = {
  /** Loads the code that connects. Contacts nothing. */
  load(): Promise<unknown>
  exchange<T>(call: Call, use: (send: Send<Reply>) => Promise<T>): Promise<T>
  close(): void
}

/** What the server of an engine speaks. */
type Protocol<Reply> = {
  /** The head of a reply → what the engine's client reads. */
  read(response: Incoming, reading: Reading): Promise<Reply>
  fail: Fail
}

export type TransportOptions<Reply> = {
  url: string
  budgets: Budgets
  protocol: Protocol<Reply>
  /** Why nothing may be sent to the address that a connection really led to, whatever name it was asked for by. */
  refusePeer?: (address: string) => Error | undefined
}

/** Requests to one server, each with its time limits, which end with the signal of the call. */
export function createTransport<Reply>(options: TransportOptions<Reply>): Transport<Reply> {
  const base = new URL(options.url)
  let connection: Promise<Connection> | undefined
  const load = async () => (connection ??= connect(base))
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
      const url = new URL(input)
      if (url.origin !== base.origin) throw new Error(`a request to ${url.origin} instead of ${base.origin}`)
      asked.path = url.pathname
      const opened = await load()
      call.signal.throwIfAborted()
      const started = performance.now()
      const ticker = setInterval(() => call.onWaiting?.(Math.round(performance.now() - started)), budgets.tickMs)
      const response = await opened.respond({ url, method, headers, body }, link).finally(() => clearInterval(ticker))
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
  return { load, exchange, close: () => void connection?.then((one) => one.close()) }
}

/**
 * The standalone binary takes 20 ms to load node:http and to send the first request with it, and 2 ms with the fetch that
 * is built into it. That does not say where a name led, so it only gets an address.
 */
async function connect({ protocol, hostname }: URL): Promise<Connection> {
  const isQuick = process.versions['bun'] !== undefined && protocol === 'http:' && isOwnLiteral(hostname)
  return isQuick
    ? (await import('./bun-fetch.ts')).connectByFetch(hostname)
    : (await import('./node-http.ts')).connectByNode(protocol)
}

const isOwnLiteral = (hostname: string) => hostname !== 'localhost' && isOwnAddress(hostname.replace(/^\[|\]$/g, ''))
