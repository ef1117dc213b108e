import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from 'node:net'

export type TestServer = { url: string; sockets: Set<Socket>; connections: () => number; close(): Promise<void> }

type Reply = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A real HTTP server on loopback that answers as one test needs it. */
export async function serveHttp(reply: Reply): Promise<TestServer> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => reply(request, response, Buffer.concat(parts).toString('utf8')))
  })
  return listen(server)
}

/** A TCP server: `talk` gets each connection once its first bytes have arrived. */
export async function serveBytes(talk: (socket: Socket) => void): Promise<TestServer> {
  return listen(
    createNetServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => talk(socket))
    }),
  )
}

async function listen(server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket) => {
    connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

export const streamHead = 'HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n'
export const streamEnd = '0\r\n\r\n'

export function raw(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part as string)))
}

/** One HTTP chunk around these bytes. */
export function chunk(bytes: string | Uint8Array): Buffer {
  const data = raw(bytes)
  return raw(`${data.length.toString(16)}\r\n`, data, '\r\n')
}

/** One line of a chat stream. */
export function event(content: string, rest: Record<string, unknown> = { done: false }): string {
  return `${JSON.stringify({ model: 'm', message: { role: 'assistant', content }, ...rest })}\n`
}
