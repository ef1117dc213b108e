import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerResponse } from 'node:http'
import { sha256 } from '../../src/text/hash.ts'
import { modelField } from './decode-chat.ts'
import { createLineWriter } from './line-writer.ts'
import type { ModelSpec } from './model-spec.ts'
import { shortName } from './model-name.ts'
import type { ServerState } from './server-state.ts'
import { omitEmpty, sendJson, sendRefusal } from './wire.ts'

/**
 * POST /api/pull: progress as NDJSON; a model that does not exist is an error after the first line. A client that leaves
 * ends it, and the next one goes on where it ended.
 */
export async function pullModel(
  state: ServerState,
  body: Record<string, unknown>,
  response: ServerResponse,
): Promise<void> {
  const name = shortName(modelField(body))
  const model = state.pullable.find((candidate) => candidate.name === name)
  const error = 'pull model manifest: file does not exist'
  if (body.stream === false) {
    if (model === undefined) return sendRefusal(response, { status: 500, error })
    install(model, state)
    return sendJson(response, 200, { status: 'success' })
  }
  const writer = createLineWriter(response, state.settings.writes)
  writer.line({ status: 'pulling manifest' })
  if (model === undefined) {
    writer.line({ error })
    return writer.end()
  }
  const { chunks, pauseMs } = state.settings.pull
  const layer = sha256(model.digest)
  for (let done = state.pulled.get(name) ?? 0; done <= chunks; done += 1) {
    if (response.destroyed) return
    state.pulled.set(name, done)
    const completed = Math.floor((model.size * done) / chunks)
    writer.line({
      status: `pulling ${layer.slice(0, 12)}`,
      ...omitEmpty({ digest: `sha256:${layer}`, total: model.size, completed }),
    })
    if (pauseMs > 0) await sleep(pauseMs)
  }
  install(model, state)
  for (const status of ['verifying sha256 digest', 'writing manifest', 'success']) writer.line({ status })
  writer.end()
}

function install(model: ModelSpec, { models }: ServerState): void {
  if (!models.includes(model)) models.push(model)
}
