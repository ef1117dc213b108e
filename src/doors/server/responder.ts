import type { ServerResponse } from 'node:http'
import type { Answered, Piece } from './ask.ts'
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
/** Bytes that wait for a client to read them. */
const maxWaiting = 8 * 1024 * 1024

/** A failure is worth another try after this time. */
const retrySeconds = '5'

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  if (status === 429 || status === 529 || status === 503) response.setHeader('retry-after', retrySeconds)
  // What is left of a body that was not read would be taken for the next request.
  if (status === 413 || status === 408) response.setHeader('connection', 'close')
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

/**
 * Answers with events. The stream begins with the first thing to say, or when the client has waited for ten seconds:
 * until then a failure still has a status of its own.
 */
export function streamResponder(
  response: ServerResponse,
  dialect: Dialect,
  { head, body, stalled }: { head: () => ReplyHead; body: unknown; stalled: () => void },
): Responder {
  let events: EventWriter | undefined
  let status = 200
  const stall = watchStall(response, stalled)
  const write = (text: string) => {
    if (text !== '' && !response.destroyed && !response.write(text)) stall.begin()
  }
  const begin = (): EventWriter => {
    if (events !== undefined) return events
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    events = dialect.events(head(), body)
    write(events.begin())
    return events
  }
  const ping = setInterval(() => write(begin().ping), pingMs)
  response.on('close', () => clearInterval(ping))
  const finish = (text: string) => {
    clearInterval(ping)
    write(text)
    response.end()
  }
  return {
    say: (piece) => write(begin().piece(piece)),
    end: (answered) => finish(begin().end(answered)),
    fail(refusal) {
      const failure = dialect.failure(refusal)
      status = failure.status
      if (events !== undefined) return finish(events.fail(refusal))
      clearInterval(ping)
      sendJson(response, failure.status, failure.body)
    },
    status: () => status,
  }
}

/** Ends the connection of a client that reads nothing for a minute, or lets too much wait. */
function watchStall(response: ServerResponse, stalled: () => void): { begin(): void } {
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    stalled()
    response.destroy()
  }
  const stop = () => {
    clearTimeout(timer)
    timer = undefined
  }
  response.on('drain', stop).on('close', stop)
  return {
    begin() {
      if (response.writableLength > maxWaiting) end()
      else timer ??= setTimeout(end, patienceMs)
    },
  }
}
