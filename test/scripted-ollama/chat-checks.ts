import type { ChatBody } from './chat-body.ts'
import { fullName } from './model-name.ts'
import type { ModelSpec } from './model-spec.ts'
import type { Refusal } from './wire.ts'

/** What a model cannot do is refused in the server's words. Thinking is looked at first. */
export function checkChat(body: ChatBody, model: ModelSpec): Refusal | undefined {
  const can = (capability: string) => model.capabilities.includes(capability)
  if (body.think && !can('thinking'))
    return { status: 400, error: `${JSON.stringify(body.model)} does not support thinking` }
  if (!can('completion')) return { status: 400, error: `${JSON.stringify(body.model)} does not support chat` }
  if (body.tools?.length && !can('tools'))
    return { status: 400, error: `${fullName(model.name)} does not support tools` }
  return checkOptions(body.options ?? {})
}

const integers = ['num_ctx', 'num_predict', 'num_keep', 'seed', 'top_k', 'repeat_last_n', 'num_batch', 'num_gpu']

function checkOptions(options: Record<string, unknown>): Refusal | undefined {
  const wrong = integers.find((name) => name in options && typeof options[name] !== 'number')
  return wrong === undefined ? undefined : { status: 500, error: `option "${wrong}" must be of type integer` }
}
