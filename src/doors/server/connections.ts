import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export type ConnectionSettings = {
  /** Connections that may be open at a time. */
  max: number
  /** Whether a connection may ask anything. Decided before a byte of it is read. Undefined for one that is gone. */
  isWelcome: (socket: Socket) => Promise<boolean | undefined>
  /** Called when it may not, and is not gone. */
  onRefused: (socket: Socket) => void
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
}

/** The unanswered requests of one connection, and when the last of them is answered. */
type Open = { asked: Set<IncomingMessage>; answered: Promise<void> }

/** Requests that a connection may send before the first is answered. Usual clients wait for each answer. */
const maxAhead = 16
/** How long a connection that is refused may take to read why. */
const lingerMs = 1000

/**
 * Decides which connections a server keeps: none of strangers, and where there are too many, those that wait for an
 * answer. The requests of one connection are handled one after the other, as their answers leave in that order anyway.
 */
export function keepConnections(server: Server, { max, isWelcome, onRefused, handle }: ConnectionSettings): void {
  // In the order in which they fell silent.
  const open = new Map<Socket, Open>()
  const openOf = (socket: Socket) => {
    const one = open.get(socket) ?? { asked: new Set(), answered: Promise.resolve() }
    open.set(socket, one)
    return one
  }
  const pushOut = (socket: Socket) => {
    open.delete(socket)
    socket.destroy()
  }
  const answerInTurn = async (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const one = openOf(socket)
    // guard: pipelined-requests
    if (one.asked.size >= maxAhead) return void socket.destroy()
    one.asked.add(request)
    const before = one.answered
    one.answered = new Promise((resolve) => response.once('close', resolve))
    // guard: asked-in-turn
    await before
    if (socket.destroyed) return
    await handle(request, response)
    await one.answered
    one.asked.delete(request)
    if (open.delete(socket)) open.set(socket, one)
  }
  for (const event of ['request', 'checkContinue'] as const) {
    server.on(event, (request: IncomingMessage, response: ServerResponse) => void answerInTurn(request, response))
  }
  const listeners = server.listeners('connection')
  const welcome = async (socket: Socket) => {
    // One that is reset meanwhile is no failure.
    socket.on('error', () => undefined)
    const welcome = await isWelcome(socket)
    // guard: welcome-connections
    if (welcome !== true) {
      if (welcome === false) onRefused(socket)
      return turnAway(socket)
    }
    if (open.size >= max) pushOut(longestSilent(open) ?? socket)
    if (socket.destroyed) return
    openOf(socket)
    socket.on('close', () => open.delete(socket))
    for (const listen of listeners) listen.call(server, socket)
  }
  server.removeAllListeners('connection').on('connection', (socket: Socket) => void welcome(socket))
}

/** The connection that has gone longest without a whole request, so that those that say nothing keep nobody out. */
function longestSilent(open: Map<Socket, Open>): Socket | undefined {
  // guard: silent-connections
  for (const [socket, { asked }] of open) if (![...asked].some(({ complete }) => complete)) return socket
  return undefined
}

function turnAway(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.on('close', () => clearTimeout(timer))
  // What it sends is thrown away: unread, it would cost it the answer.
  socket.resume().end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
}
