import { request } from 'node:http'
import { type ScriptedOllama } from './scripted-ollama.ts'

/** A request as this project's client promises to send it. */
export function chatBody(extra: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    model: 'scripted',
    messages: [{ role: 'user', content: 'What does main do?' }],
    stream: true,
    think: false,
    keep_alive: '10m',
    truncate: false,
    options: { num_ctx: 8192, num_predict: 512 },
    ...extra,
  }
}

export type Exchange = {
  status: number
  type: string | undefined
  /** As they came off the wire: one for each chunk that the server wrote. */
  chunks: Buffer[]
  text: string
  /** `end` when the answer was complete, else the error's code. */
  ending: string
}

type Ask = { method?: string; path?: string; body?: unknown; headers?: Record<string, string> }

/** One request over node:http, which hands on every chunk as it was written. */
export function exchange(
  server: ScriptedOllama,
  { method = 'POST', path = '/api/chat', body, headers }: Ask,
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      const finish = (ending: string) =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'],
          chunks,
          text: Buffer.concat(chunks).toString('utf8'),
          ending,
        })
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => finish('end'))
      response.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message))
    })
    sent.on('error', reject)
    sent.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body))
  })
}

export async function chat(server: ScriptedOllama, extra: Record<string, unknown> = {}): Promise<Exchange> {
  return exchange(server, { body: chatBody(extra) })
}

export type Event = {
  model?: string
  message?: {
    role: string
    content: string
    thinking?: string
    tool_calls?: { id: string; function: { index: number; name: string; arguments: object } }[]
  }
  done?: boolean
  [field: string]: unknown
}

export function events({ text }: Exchange): Event[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event)
}

export function errorOf({ status, text }: Exchange): [number, string] {
  return [status, (JSON.parse(text) as { error: string }).error]
}

export async function getJson(server: ScriptedOllama, path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}${path}`)
  return (await response.json()) as Record<string, unknown>
}
