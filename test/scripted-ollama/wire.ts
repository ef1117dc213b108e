import type { ServerResponse } from 'node:http'

/** JSON as Go's encoder writes it: `<`, `>`, `&` and the two line separators are escaped. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escapeUnit)
}

function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Leaves out what Go's `omitempty` leaves out: zero, empty text, empty lists, nothing. */
export function omitEmpty<T extends Record<string, unknown>>(fields: T): Partial<T> {
  const kept = Object.entries(fields).filter(([, value]) => {
    if (Array.isArray(value)) return value.length > 0
    return value !== undefined && value !== null && value !== 0 && value !== '' && value !== false
  })
  return Object.fromEntries(kept) as Partial<T>
}

const jsonType = 'application/json; charset=utf-8'

export function sendJson(response: ServerResponse, status: number, body: unknown, type = jsonType): void {
  response.writeHead(status, { 'Content-Type': type })
  response.end(goJson(body))
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': status === 200 ? 'text/plain; charset=utf-8' : 'text/plain' })
  response.end(text)
}

/** A refusal before anything was sent: `{"error": "…"}` with its status. */
export type Refusal = { status: number; error: string; [extra: string]: unknown }

export function sendRefusal(response: ServerResponse, refusal: Refusal): void {
  const { status, ...body } = refusal
  sendJson(response, status, body)
}

/** The time as Go prints it, finer than a millisecond. */
export function goTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '408017Z')
}
