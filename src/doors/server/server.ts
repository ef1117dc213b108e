import { setTimeout as delay } from 'node:timers/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { AgentEvent } from '../../core/events.ts'
import { LocalBrainError } from '../../errors.ts'
import { keepConnections } from './connections.ts'
import { isWelcome, objectionTo } from './guard.ts'
import { createQueue } from './queue.ts'
import { Refusal, refusalOf } from './refusal.ts'
import { sendJson } from './responder.ts'
import { createBodyReader } from './body.ts'
import type { Route, ServerSettings, Shared } from './endpoint.ts'
import { dialectOf, route } from './routes.ts'
import { createSteps } from './steps.ts'

export type RunningServer = { url: string; close(): Promise<void> }

const limits = {
  headerBytes: 16 * 1024,
  headMs: 10_000,
  bodyMs: 60_000,
  keepAliveMs: 5000,
  connections: 64,
  /** What a wrong token costs. */
  delayMs: 250,
}

/** Listens. Rejects with LocalBrainError('unreachable') when it can't, as when the port is in use. */
export async function startServer(settings: ServerSettings): Promise<RunningServer> {
  // Importing it as a module loads more than twice as much.
  const http = process.getBuiltinModule('node:http')
  const shared = {
    ...settings,
    queue: createQueue({ parallel: settings.parallel, waiting: settings.waiting }),
    steps: createSteps(),
    readBody: createBodyReader(),
  }
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headMs,
    requestTimeout: limits.bodyMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: 1000,
  }
  const stop = new AbortController()
  const server = http.createServer(options)
  // Others than these would be left out without a word, also those that keep web pages out.
  // guard: every-header
  server.maxHeadersCount = 0
  const busy = new Set<Promise<void>>()
  keepConnections(server, {
    max: limits.connections,
    isWelcome: async (socket) => isWelcome(socket, shared),
    onRefused: ({ remoteAddress }) =>
      shared.emit({ type: 'warning', message: `refused a connection of another user from ${remoteAddress}` }),
    async handle(request, response) {
      const handled = handleRequest({ request, response }, shared, stop.signal)
      busy.add(handled)
      await handled
      busy.delete(handled)
    },
  })
  // Nothing here is a tunnel or another protocol.
  for (const event of ['upgrade', 'connect'] as const) server.on(event, (_, socket: Socket) => socket.destroy())
  await listen(server, settings)
  return {
    url: urlOf(server, settings.bind),
    async close() {
      stop.abort(new LocalBrainError('interrupted', 'the server is stopping'))
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      // What a request changed is still kept, and written into the audit log.
      await Promise.allSettled(busy)
    },
  }
}

function listen(server: Server, { port, bind }: ServerSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(error, { port, bind }))
    server.once('error', failed)
    server.listen({ port, host: bind }, () => {
      server.removeListener('error', failed)
      resolve()
    })
  })
}

function listenError(cause: NodeJS.ErrnoException, { port, bind }: { port: number; bind: string }): LocalBrainError {
  if (cause.code === 'EADDRINUSE') {
    return new LocalBrainError('unreachable', `Port ${port} is in use`, { hint: 'local-brain serve --port 0', cause })
  }
  return new LocalBrainError('unreachable', `Can't listen on ${bind} port ${port}: ${cause.message}`, {
    hint: 'local-brain serve --bind 127.0.0.1 --port 0',
    cause,
  })
}

function urlOf(server: Server, bind: string): string {
  const { port } = server.address() as AddressInfo
  const isAny = bind === '0.0.0.0' || bind === '::'
  const host = isAny ? '127.0.0.1' : bind.includes(':') ? `[${bind}]` : bind
  return `http://${host}:${port}`
}

type Exchanged = { request: IncomingMessage; response: ServerResponse }

async function handleRequest(exchanged: Exchanged, shared: Shared, stopped: AbortSignal): Promise<void> {
  const { request, response } = exchanged
  // A client that leaves in the middle of its request is no failure.
  request.on('error', () => undefined)
  response.on('error', () => undefined)
  const dialect = dialectOf(request)
  try {
    const objection = await objectionTo(request, shared)
    // Also of a refused token a page that may ask is told.
    allowOrigin(exchanged, shared)
    if (objection === 'token') await refuseToken({ ...exchanged, dialect }, shared)
    else if (objection !== undefined) refuse(exchanged, objection, shared)
    else await answerTo({ ...exchanged, dialect }, shared, stopped)
  } catch (error) {
    if (response.headersSent || response.destroyed) response.destroy()
    else {
      const failure = dialect.failure(refusalOf(error))
      sendJson(response, failure.status, failure.body)
    }
  }
}

async function answerTo(exchanged: Route, shared: Shared, stopped: AbortSignal): Promise<void> {
  const { response } = exchanged
  const left = new AbortController()
  // guard: client-left
  response.on('close', () => left.abort(new LocalBrainError('interrupted', 'the client left')))
  await route(exchanged, shared, AbortSignal.any([left.signal, stopped]))
}

/** Only the origins that were named may read answers. */
function allowOrigin({ request, response }: Exchanged, { allowOrigins }: Shared): void {
  const { origin } = request.headers
  if (origin === undefined || !allowOrigins.includes(origin)) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('vary', 'origin')
}

const reasons = {
  401: 'its token is missing or wrong',
  400: 'it gives its length twice',
  403: 'its Host, Origin or user may not ask',
  415: 'its body is not plain application/json',
}

/** A client that may not ask gets an empty answer; the person who runs the server is told the reason. */
function refuse({ request, response }: Exchanged, status: 400 | 403 | 415, { emit }: Shared): void {
  emit(refused(request, status))
  response.writeHead(status, { 'content-length': 0, connection: 'close' }).end()
}

function refused({ method, socket }: IncomingMessage, status: keyof typeof reasons): AgentEvent {
  return { type: 'warning', message: `refused ${status}: ${method} from ${socket.remoteAddress} (${reasons[status]})` }
}

async function refuseToken({ request, response, dialect }: Route, { emit }: Shared): Promise<void> {
  emit(refused(request, 401))
  await delay(limits.delayMs)
  const failure = dialect.failure(new Refusal('no-token', 'The token is missing or wrong'))
  response.setHeader('connection', 'close')
  sendJson(response, failure.status, failure.body)
}
