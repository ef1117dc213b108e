import { type HttpFailure, socketFailure } from './failure.ts'
import type { Connection, Incoming, Link, Outgoing } from './link.ts'

/** What bun's fetch can be told besides. Its own limit is five minutes, and it obeys the variables that name a proxy. */
type Init = RequestInit & { proxy: false; timeout: false; decompress: false }

/**
 * Connections by the fetch that is built into bun, to a literal `address` of this machine. Each request has its own, which
 * costs little there: a request over one that the server has just closed would fail.
 */
export function connectByFetch(address: string): Connection {
  return { respond: (outgoing, link) => respond(outgoing, address, link), close: () => {} }
}

async function respond({ url, method, headers, body }: Outgoing, address: string, link: Link): Promise<Incoming> {
  const { asked, budgets, call, fail, watch } = link
  const refused = link.refusePeer(address)
  if (refused !== undefined) throw refused
  const ending = new AbortController()
  link.destroy = (error) => ending.abort(error)
  const silent = fail({ kind: 'silent', text: `sent nothing for ${budgets.quickMs / 1000} s` }, asked)
  if (call.quick === true) watch.start(budgets.quickMs, () => ending.abort(silent))
  const init: Init = {
    method,
    headers: { 'accept-encoding': 'identity', ...headers },
    body: body === '' ? undefined : body,
    redirect: 'manual',
    keepalive: false,
    proxy: false,
    timeout: false,
    decompress: false,
    signal: ending.signal,
  }
  try {
    return incoming(await fetch(url, init), ending)
  } catch (error) {
    throw ending.signal.aborted ? ending.signal.reason : fail(fetchFailure(error), asked)
  } finally {
    watch.stop()
  }
}

function incoming(response: Response, ending: AbortController): Incoming {
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    destroy: (error) => ending.abort(error),
    async *[Symbol.asyncIterator]() {
      try {
        yield* response.body ?? []
      } catch (error) {
        throw ending.signal.aborted ? ending.signal.reason : error
      }
    },
  }
}

/** Sockets fail with codes of the system. bun has its own words for all that is not HTTP. */
function fetchFailure(error: unknown): HttpFailure {
  const { code = '' } = error as { code?: string }
  return /^E[A-Z]+$/.test(code) ? socketFailure(error, false) : { kind: 'odd-reply', text: 'not HTTP', cause: error }
}
