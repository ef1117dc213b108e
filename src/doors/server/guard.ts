import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Socket, isIP } from 'node:net'
import { isLoopback, isOwnPeer } from './peer.ts'

export type GuardSettings = {
  /** Clients with it may ask. Undefined: no token is needed. */
  token?: string
  /** Origins of web pages that may ask, as `https://app.example`. */
  allowOrigins: readonly string[]
  /** Names by which the server may be called, besides those of this machine. */
  allowHosts: readonly string[]
}

/** What is wrong with a request before it is read. Its answer has no body, except for `token`. */
export type Objection = 400 | 403 | 415 | 'token'

/**
 * Keeps out what was not sent by a program of this person on purpose: web pages, names that were rebound to this
 * machine, other users, whoever has no token. Looks at nothing but the head of the request.
 */
export async function objectionTo(request: IncomingMessage, settings: GuardSettings): Promise<Objection | undefined> {
  const { headers, headersDistinct, socket, method } = request
  // Node refuses this itself; bun takes two equal lengths for one.
  if ((headersDistinct['content-length'] ?? []).length > 1) return 400
  // guard: served-host
  if (!isOwnHost(headersDistinct['host'], socket.localAddress, settings.allowHosts)) return 403
  // guard: served-origin
  if (!isOwnOrigin(headers, settings.allowOrigins)) return 403
  // guard: served-content-type
  if (method === 'POST' && !isPlainJson(headers)) return 415
  if (pathOf(request) === '/health' || method === 'OPTIONS') return undefined
  // guard: served-token
  if (settings.token !== undefined) return carries(headers, settings.token) ? undefined : 'token'
  // guard: served-peer
  return (await isWelcome(socket, settings)) ? undefined : 403
}

/** Whether a connection may ask at all: without a token only one of this user may. Undefined: its other end is gone. */
export async function isWelcome(socket: Socket, { token }: GuardSettings): Promise<boolean | undefined> {
  return token !== undefined || (await isOwnPeer(socket))
}

/** The path without its query. Undefined for a target that is not a path, such as a proxy gets. */
export function pathOf({ url = '' }: IncomingMessage): string | undefined {
  return url.startsWith('/') ? url.split('?', 1)[0] : undefined
}

/** A name that anybody may point at this machine is no name of it; an address can't be pointed elsewhere. */
function isOwnHost(hosts: string[] = [], address: string | undefined, allowed: readonly string[]): boolean {
  const name = hosts.length === 1 ? hostName(hosts[0]) : undefined
  if (name === undefined) return false
  if (name === 'localhost' || isLoopback(name) || allowed.some((one) => one.toLowerCase() === name)) return true
  return isIP(name) !== 0 && name === address?.replace(/^::ffff:/, '')
}

/** `[::1]:8080` → `::1` */
function hostName(host: string | undefined): string | undefined {
  const [, bracketed, plain] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(host ?? '') ?? []
  return (bracketed ?? plain)?.toLowerCase()
}

/** Programs send neither of the two headers; browsers send one of them with everything that a page starts. */
function isOwnOrigin({ origin, 'sec-fetch-site': site }: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  if (origin !== undefined) return allowed.includes(origin)
  return site === undefined || site === 'none' || site === 'same-origin'
}

function isPlainJson(headers: IncomingHttpHeaders): boolean {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers
  return /^application\/json\s*(?:;|$)/i.test(type) && encoding.toLowerCase() === 'identity'
}

function carries(headers: IncomingHttpHeaders, token: string): boolean {
  const { authorization = '', 'x-api-key': key } = headers
  const bearer = /^bearer +(.*)$/i.exec(authorization)?.[1]
  return [bearer, key].some((given) => typeof given === 'string' && isSame(given, token))
}

/** Takes as long for a token that is nearly right as for any other. */
function isSame(given: string, token: string): boolean {
  const { createHash, timingSafeEqual } = process.getBuiltinModule('node:crypto')
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}
