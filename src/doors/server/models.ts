import type { ModelInfo } from '../../engines/engine.ts'
import { skillPrefix } from './answer.ts'
import { pathOf } from './guard.ts'
import { Refusal } from './refusal.ts'
import { sendJson } from './responder.ts'
import type { Route, Shared } from './endpoint.ts'

type Listed = { id: string; owner: 'library' | 'local-brain'; window: number | undefined }

/** `GET /v1/models`, in the form of whoever asks. */
export async function listModels(route: Route, shared: Shared, signal: AbortSignal): Promise<void> {
  const all = await listed(shared, signal)
  const first = all[0]?.id ?? null
  const body = isAnthropic(route)
    ? { data: all.map(anthropicModel), has_more: false, first_id: first, last_id: all.at(-1)?.id ?? null }
    : { object: 'list', data: all.map(openAiModel) }
  sendJson(route.response, 200, body)
}

/** `GET /v1/models/{id}`; the id may have slashes in it. */
export async function showModel(route: Route, shared: Shared, signal: AbortSignal): Promise<void> {
  const id = decode((pathOf(route.request) ?? '').slice('/v1/models/'.length))
  const all = await listed(shared, signal)
  const found = all.find((one) => one.id === id) ?? all.find((one) => one.id === `${id}:latest`)
  if (found === undefined) throw new Refusal('unknown-model', `There is no model "${id.slice(0, 200)}"`)
  sendJson(route.response, 200, isAnthropic(route) ? anthropicModel(found) : openAiModel(found))
}

async function listed({ catalog, skills }: Shared, signal: AbortSignal): Promise<Listed[]> {
  const models = await catalog.list(signal)
  const names = (await skills?.list()) ?? []
  const own = names.map((name): Listed => ({ id: `${skillPrefix}${name}`, owner: 'local-brain', window: undefined }))
  return [...models.map((info): Listed => ({ id: info.name, owner: 'library', window: window(info) })), ...own]
  function window(info: ModelInfo): number | undefined {
    return catalog.windowOf(info) ?? info.loaded?.window ?? info.trainedWindow
  }
}

function isAnthropic({ request }: Route): boolean {
  return request.headers['anthropic-version'] !== undefined
}

function openAiModel({ id, owner, window }: Listed) {
  return { id, object: 'model', created: 0, owned_by: owner, context_length: window }
}

function anthropicModel({ id, window }: Listed) {
  return { type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z', max_input_tokens: window }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
