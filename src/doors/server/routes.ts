import type { IncomingMessage } from 'node:http'
import { answer } from './answer.ts'
import { chatCompletions } from './chat-reply.ts'
import { countTokens } from './count-tokens.ts'
import type { Dialect } from './dialect.ts'
import { pathOf } from './guard.ts'
import { health } from './health.ts'
import { listModels, showModel } from './models.ts'
import { messages } from './messages-reply.ts'
import { Refusal } from './refusal.ts'
import { responses } from './responses-reply.ts'
import type { Route, Shared } from './endpoint.ts'

type Act = (route: Route, shared: Shared, signal: AbortSignal) => Promise<void>

const endpoints: Readonly<Record<string, Partial<Record<string, Act>>>> = {
  '/': { GET: hello, HEAD: hello },
  '/health': { GET: health, HEAD: health },
  '/v1/models': { GET: listModels },
  '/v1/chat/completions': { POST: ask },
  '/v1/responses': { POST: ask },
  '/v1/messages': { POST: ask },
  '/v1/messages/count_tokens': { POST: countTokens },
}

/** Whose words to use: the path says it, or a header that all clients of Anthropic's send. */
export function dialectOf(request: IncomingMessage): Dialect {
  const path = pathOf(request) ?? ''
  if (path === '/v1/responses') return responses
  const isAnthropic = request.headers['anthropic-version'] !== undefined && path !== '/v1/chat/completions'
  return isAnthropic || path.startsWith('/v1/messages') ? messages : chatCompletions
}

/** Answers one request that may be answered. */
export async function route(one: Route, shared: Shared, signal: AbortSignal): Promise<void> {
  const path = pathOf(one.request) ?? ''
  const { method = '' } = one.request
  const methods = endpoints[path] ?? (path.startsWith('/v1/models/') ? { GET: showModel } : undefined)
  if (methods === undefined) throw unknownPath(one.request.url ?? '')
  if (method === 'OPTIONS') return preflight(one, Object.keys(methods))
  const act = methods[method]
  if (act === undefined) {
    one.response.setHeader('allow', Object.keys(methods).join(', '))
    throw new Refusal('wrong-method', `${path} takes ${Object.keys(methods).join(' or ')}`)
  }
  await act(one, shared, signal)
}

/** Most often an address that has `/v1` at its end twice, or not at all. */
function unknownPath(url: string): Refusal {
  const [path = ''] = url.split('?', 1)
  const meant = Object.keys(endpoints).find(
    (one) => one !== '/' && path.replace(/\/+$/, '').endsWith(one.replace('/v1', '')),
  )
  return new Refusal(
    'unknown-path',
    `There is no ${path.slice(0, 200)} here${meant === undefined ? '' : `; try ${meant}`}`,
  )
}

/** A browser asks first. One whose page may not ask was refused before. */
function preflight({ request, response }: Route, methods: readonly string[]): void {
  // Each SDK has headers of its own. The page is one that was named, and its token is looked at later.
  const asked = request.headers['access-control-request-headers'] ?? ''
  response.setHeader('access-control-allow-methods', methods.join(', '))
  response.setHeader('access-control-allow-headers', asked.replace(/[^\w, -]/g, ''))
  response.setHeader('access-control-max-age', '600')
  response.writeHead(204).end()
}

async function ask({ request, response, dialect }: Route, shared: Shared, signal: AbortSignal): Promise<void> {
  await answer(await shared.readBody(request, response), { ...shared, dialect, response, signal })
}

async function hello({ response }: Route): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain' }).end('local-brain is running\n')
}
