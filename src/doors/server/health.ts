import { sendJson } from './responder.ts'
import type { Route, Shared } from './endpoint.ts'

/** Somebody who asks for it waits for the answer. */
const patienceMs = 3000

/** `GET /health`: whether the engine answers, and which model would. Tells nothing about files. */
export async function health({ response }: Route, shared: Shared, signal: AbortSignal): Promise<void> {
  const { catalog, engineVersion, version } = shared
  const soon = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  const [engine, model] = await Promise.all([
    engineVersion(soon).catch(() => undefined),
    catalog.find('', soon).then(
      ({ name }) => name,
      () => null,
    ),
  ])
  const reachable = engine !== undefined
  const status = reachable ? 'ok' : 'unavailable'
  const body = { status, version, ollama: { reachable, version: engine ?? null }, model }
  sendJson(response, reachable ? 200 : 503, body)
}
