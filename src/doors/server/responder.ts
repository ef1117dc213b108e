import type { ServerResponse } from 'node:http'
import { type Answered, type Piece, addPiece } from './ask.ts'
import { type Dialect, type EventWriter, type ReplyHead } from './dialect.ts'
import type { Refusal } from './refusal.ts'

export type Responder = {
  say(piece: Piece): void
  end(answered: Answered): void
  fail(refusal: Refusal): void
  /** The status that was sent, or will be. */
  status(): number
}

/** A client that takes nothing for so long is gone, whatever its connection says. */
const patienceMs = 60_000
const pingMs = 10_000

/** A failure is worth another try after this time. */
const retrySeconds = '5'

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  if (status === 429 || status === 529 || status === 503) response.setHeader('retry-after', retrySeconds)
  // What is left of a body that was not read would be taken for the next request.
  if (!response.req.complete) response.setHeader('connection', 'close')
  endUnread(response)
  response.writeHead(status, headers).end(text)
}

/** Answers in one piece, once everything is known. */
export function wholeResponder(
  response: ServerResponse,
  dialect: Dialect,
  { head, body }: { head: () => ReplyHead; body: unknown },
): Responder {
  let status = 200
  return {
    say: () => undefined,
    end: (answered) => sendJson(response, 200, dialect.whole(head(), answered, body)),
    fail(refusal) {
      const failure = dialect.failure(refusal)
      status = failure.status
      sendJson(response, status, failure.body)
    },
    status: () => status,
  }
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
}

/**
 * Answers with events. The stream begins with the first thing to say, or when the client has waited for ten seconds:
 * until then a failure still has a status of its own. What is said while the client does not read becomes one piece, so
 * that a slow client costs no more memory than the text.
 */
export function streamResponder(
  response: ServerResponse,
  dialect: Dialect,
  { head, body, stalled }: { head: () => ReplyHead; body: unknown; stalled: () => void },
): Responder {
  let events: EventWriter | undefined
  let status = 200
  const unread: Piece[] = []
  const isBlocked = () => response.writableNeedDrain
  const write = (text: string) => {
    if (text !== '' && !response.destroyed) response.write(text)
  }
  const begin = (): EventWriter => {
    if (events !== undefined) return events
    response.writeHead(200, streamHeaders)
    endUnread(response, stalled)
    events = dialect.events(head(), body)
    write(events.begin())
    return events
  }
  const sayUnread = () => {
    for (const piece of unread.splice(0)) write(begin().piece(piece))
  }
  const ping = setInterval(() => isBlocked() || write(begin().ping), pingMs)
  response.on('close', () => clearInterval(ping)).on('drain', sayUnread)
  const finish = (last: (events: EventWriter) => string) => {
    clearInterval(ping)
    sayUnread()
    write(last(begin()))
    response.end()
  }
  return {
    say(piece) {
      if (isBlocked()) addPiece(unread, piece)
      else write(begin().piece(piece))
    },
    end: (answered) => finish((writer) => writer.end(answered)),
    fail(refusal) {
      const failure = dialect.failure(refusal)
      status = failure.status
      if (events !== undefined) return finish((writer) => writer.fail(refusal))
      clearInterval(ping)
      sendJson(response, failure.status, failure.body)
    },
    status: () => status,
  }
}

/** Ends the connection of a client that reads nothing of what waits for it. Node sees whether it reads. */
function endUnread(response: ServerResponse, stalled?: () => void): void {
  response.setTimeout(patienceMs, () => {
    stalled?.()
    response.destroy()
  })
}
