import { sha256 } from '../../src/text/hash.ts'
import type { ServerResponse } from 'node:http'
import { modelField } from './decode-chat.ts'
import { createLineWriter } from './line-writer.ts'
import { shortName } from './model-name.ts'
import type { ServerState } from './server-state.ts'
import { omitEmpty, sendJson, sendRefusal } from './wire.ts'

/** POST /api/pull: progress as NDJSON; a model that does not exist is an error after the first line. */
export function pullModel(state: ServerState, body: Record<string, unknown>, response: ServerResponse): void {
  const name = shortName(modelField(body))
  const model = state.pullable.find((candidate) => candidate.name === name)
  if (model && !state.models.includes(model)) state.models.push(model)
  const error = 'pull model manifest: file does not exist'
  if (body.stream === false) {
    return model ? sendJson(response, 200, { status: 'success' }) : sendRefusal(response, { status: 500, error })
  }
  const writer = createLineWriter(response, state.settings.writes)
  writer.line({ status: 'pulling manifest' })
  if (model) for (const line of progressOf(model.digest, model.size)) writer.line(line)
  else writer.line({ error })
  writer.end()
}

function progressOf(digest: string, total: number) {
  const layer = sha256(digest)
  const step = (completed: number) => ({
    status: `pulling ${layer.slice(0, 12)}`,
    ...omitEmpty({ digest: `sha256:${layer}`, total, completed }),
  })
  const last = ['verifying sha256 digest', 'writing manifest', 'success'].map((status) => ({ status }))
  return [step(0), step(Math.floor(total / 2)), step(total), ...last]
}
