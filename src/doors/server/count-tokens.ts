import { ownTools } from './answer.ts'
import { promptOf } from './exchange.ts'
import { parseMessages } from './messages-request.ts'
import { sendJson } from './responder.ts'
import type { Route, Shared } from './endpoint.ts'

/** `POST /v1/messages/count_tokens`: an estimate that errs on the safe side. Asks no model. */
export async function countTokens({ request, response }: Route, shared: Shared, signal: AbortSignal): Promise<void> {
  const { ask } = parseMessages(await shared.readBody(request, response))
  const { catalog, emit } = shared
  const info = await catalog.find(ask.model, signal)
  const { messages, tools } = promptOf(ask, { ...shared, own: ownTools(ask, shared) })
  const model = await catalog.open(info, { options: {}, needsTools: tools.length > 0 }, { signal, emit })
  sendJson(response, 200, { input_tokens: model.tokens(messages, tools) })
}
