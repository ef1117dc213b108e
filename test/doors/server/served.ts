import { request as httpRequest } from 'node:http'
import { onTestFinished } from 'vitest'
import type { AgentEvent } from '../../../src/core/events.ts'
import { type ServeRequest, type Served, serve } from '../../../src/doors/server/create-server.ts'
import {
  type ScriptSource,
  type ScriptedOllama,
  type ScriptedOllamaOptions,
} from '../../scripted-ollama/scripted-ollama.ts'
import { serve as serveOllama } from '../../scripted-ollama/serve.ts'
import { environment } from '../../workspace.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'

export type Tested = Served & {
  ollama: ScriptedOllama
  events: AgentEvent[]
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Reply>
  get: (path: string, headers?: Record<string, string>) => Promise<Reply>
}

type Reply = { status: number; headers: Headers; text: string; json: unknown }

type Options = Partial<ServeRequest> & { script?: ScriptSource; ollama?: ScriptedOllamaOptions }

/** A server on a free port in front of a scripted Ollama, in a folder of its own. Both are closed afterwards. */
export async function served(options: Options = {}): Promise<Tested> {
  const { script = [], ollama: more, ...request } = options
  const ollama = await serveOllama({ script, ...more })
  const events: AgentEvent[] = []
  const folder = () => temporaryFolder().root
  const running = await serve({
    cwd: request.root ?? folder(),
    paths: { config: folder(), cache: folder(), state: folder() },
    environment,
    timeout: 60,
    host: ollama.url,
    emit: (event) => events.push(event),
    ...request,
  })
  onTestFinished(async () => running.close())
  const call = async (path: string, init: RequestInit) => replyOf(await fetch(`${running.url}${path}`, init))
  return {
    ...running,
    ollama,
    events,
    get: async (path, headers) => call(path, { headers }),
    post: async (path, body, headers) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  }
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text()
  const { status, headers } = response
  const isJson = headers.get('content-type')?.startsWith('application/json') === true
  return { status, headers, text, json: isJson ? JSON.parse(text) : undefined }
}

/** The data of server-sent events, parsed; `[DONE]` as it is. */
export function eventsOf(text: string): unknown[] {
  return text.split('\n\n').flatMap((block) => {
    const data = block.split('\n').find((line) => line.startsWith('data: '))
    if (data === undefined) return []
    const value = data.slice('data: '.length)
    return [value === '[DONE]' ? value : (JSON.parse(value) as unknown)]
  })
}

type Raw = { method?: string; path?: string; headers?: Record<string, string>; body?: string }

/** A request with the headers that no fetch would send. */
export function raw(url: string, { method = 'POST', path = '/v1/chat/completions', headers, body }: Raw) {
  const { hostname, port } = new URL(url)
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers, setHost: headers?.['host'] === undefined })
    request.on('error', reject)
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.end(body)
  })
}
