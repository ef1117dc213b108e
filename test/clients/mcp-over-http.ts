import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { objectionTo } from '../../src/doors/server/guard.ts'
import { randomHex } from '../../src/text/hash.ts'

type Message = { id?: number | string | null; method?: string }

/** One program for each session: what it is sent as a line, and who waits for its lines. */
type Session = { child: ChildProcessWithoutNullStreams; waiting: Map<unknown, (line: string) => void> }

/**
 * A program that speaks MCP over standard input and output, for a client that speaks it over HTTP. Gives the address.
 * Requests are kept out by the rules of the server.
 */
export async function overHttp(start: () => Promise<ChildProcessWithoutNullStreams>): Promise<string> {
  const sessions = new Map<string, Session>()
  const open = async () => {
    const session: Session = { child: await start(), waiting: new Map() }
    createInterface({ input: session.child.stdout }).on('line', (line) => {
      const { id, method } = JSON.parse(line) as Message
      if (method === undefined) session.waiting.get(id)?.(line)
    })
    const key = randomHex(16)
    sessions.set(key, session)
    return { key, session }
  }
  const server = createServer((request, response) => void answer(request, response))
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const objection = await objectionTo(request, { allowOrigins: [`http://${request.headers.host}`], allowHosts: [] })
    if (objection !== undefined) return response.writeHead(403).end()
    if (request.method !== 'POST') return response.writeHead(405).end()
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const { id, method } = JSON.parse(text) as Message
    const known = String(request.headers['mcp-session-id'])
    const opened = method === 'initialize' ? await open() : { key: known, session: sessions.get(known) }
    const { key, session } = opened
    if (session === undefined) return response.writeHead(404).end()
    session.child.stdin.write(`${JSON.stringify(JSON.parse(text))}\n`)
    if (id == null || method === undefined) return response.writeHead(202).end()
    const line = await new Promise<string>((resolve) => session.waiting.set(id, resolve))
    return response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': key }).end(line)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}
