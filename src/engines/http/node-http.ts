import type { ClientRequest } from 'node:http'
import { LocalBrainError } from '../../errors.ts'
import { socketFailure } from './failure.ts'
import type { Connection, Incoming, Link, Outgoing } from './link.ts'

/** Informational replies (1xx) before the reply itself; a server that goes on with them has no other. */
const maxInformation = 20

/**
 * Connections that are kept alive. Node's own `fetch` gives up after 300 s without headers, follows a redirect with the
 * whole prompt, and can't be aborted before the reply begins.
 */
export function connectByNode(protocol: string): Connection {
  // Importing node:http reads all its exports and so loads undici: 23 ms on Node 24. This does not.
  const web = process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http')
  const agent = new web.Agent({ keepAlive: true })
  const open = ({ url, method, headers }: Outgoing, isKept: boolean) =>
    web.request(url, { agent: isKept && agent, method, headers })
  return {
    respond: (outgoing, link) => respondOnce((isKept) => open(outgoing, isKept), outgoing.body, link),
    close: () => agent.destroy(),
  }
}

/**
 * The server may just have closed a connection that was kept alive. The request did not fail then, so send it again.
 */
async function respondOnce(open: (isKept: boolean) => ClientRequest, body: string, link: Link): Promise<Incoming> {
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
async function respond(request: ClientRequest, body: string, link: Link): Promise<Incoming> {
  const { asked, budgets, fail, watch, call } = link
  link.destroy = (error) => request.destroy(error)
  const { quickMs } = budgets
  const silent = fail({ kind: 'silent', text: `sent nothing for ${quickMs / 1000} s` }, asked)
  try {
    return await new Promise((resolve, reject) => {
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
