import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerChat } from './chat.ts'
import { decodeChat, decodeJson, modelField } from './decode-chat.ts'
import { listLoaded, listModels, resolveName, showModel } from './models-api.ts'
import { pullModel } from './pull.ts'
import type { ServerState } from './server-state.ts'
import { sendJson, sendRefusal, sendText } from './wire.ts'

type Exchange = { state: ServerState; request: IncomingMessage; response: ServerResponse; text: string }
type Route = { methods: string[]; answer: (exchange: Exchange) => void | Promise<void> }

const read = ['GET', 'HEAD']
const routes: Record<string, Route> = {
  '/': { methods: read, answer: ({ response }) => sendText(response, 200, 'Ollama is running') },
  '/api/version': {
    methods: read,
    answer: ({ state, response }) => sendJson(response, 200, { version: state.settings.version }),
  },
  '/api/status': { methods: ['GET'], answer: sendStatus },
  '/api/tags': { methods: read, answer: ({ state, response }) => sendJson(response, 200, listModels(state)) },
  '/api/ps': { methods: ['GET'], answer: ({ state, response }) => sendJson(response, 200, listLoaded(state)) },
  '/api/show': { methods: ['POST'], answer: show },
  '/api/chat': { methods: ['POST'], answer: converse },
  '/api/pull': { methods: ['POST'], answer: pull },
}

/** Answers one request, whatever it is. */
export async function answerRequest(
  state: ServerState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').replace(/\?.*/s, '')
  const method = request.method ?? 'GET'
  const text = await readText(request)
  const entry = { method, path, body: parseOrText(text), status: 0 }
  state.log.push(entry)
  response.once('close', () => {
    entry.status = response.headersSent ? response.statusCode : 0
  })
  if (!isWelcome(request)) return void response.writeHead(403).end()
  const route = routes[path]
  if (!route) return sendText(response, 404, '404 page not found')
  if (!route.methods.includes(method)) {
    response.setHeader('Allow', route.methods.join(', '))
    return sendText(response, 405, '405 method not allowed')
  }
  await route.answer({ state, request, response, text })
}

function sendStatus({ state, response }: Exchange): void {
  const disabled = state.settings.cloud === 'disabled'
  sendJson(response, 200, { cloud: { disabled, source: disabled ? 'env' : 'none' } })
}

function show({ state, response, text }: Exchange): void {
  const decoded = decodeJson(text)
  if ('status' in decoded) return sendRefusal(response, decoded)
  const model = resolveName(state, modelField(decoded.value), 'show')
  if ('status' in model) return sendRefusal(response, model)
  sendJson(response, 200, showModel(model))
}

async function converse({ state, response, text }: Exchange): Promise<void> {
  const decoded = decodeJson(text)
  if ('status' in decoded) return sendRefusal(response, decoded)
  const chat = decodeChat(decoded.value)
  if ('status' in chat) {
    if (state.settings.strict) state.violations.push(chat.error)
    return sendRefusal(response, chat)
  }
  const { body } = chat
  if (body.messages.length > 0) state.requests.push(body)
  await answerChat(state, body, response)
}

async function pull({ state, response, text }: Exchange): Promise<void> {
  const decoded = decodeJson(text)
  if ('status' in decoded) return sendRefusal(response, decoded)
  await pullModel(state, decoded.value, response)
}

/** A page in a browser must not reach the server: foreign `Host` and `Origin` are turned away with an empty 403. */
function isWelcome({ headers }: IncomingMessage): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '')
  const local = /^(localhost|.*\.(localhost|local|internal)|\[::1\]|127\.\d+\.\d+\.\d+|10\..*|192\.168\..*)$/i
  if (host !== '' && !local.test(host)) return false
  return (
    headers.origin === undefined || local.test(URL.canParse(headers.origin) ? new URL(headers.origin).hostname : '')
  )
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
