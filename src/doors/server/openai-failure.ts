import type { Refusal } from './refusal.ts'

const codes: Partial<Record<Refusal['kind'], string>> = {
  'too-long': 'context_length_exceeded',
  'no-token': 'invalid_api_key',
  'unknown-model': 'model_not_found',
  'queue-full': 'rate_limit_exceeded',
}

/** A refusal in OpenAI's words, which clients look for. */
export function openAiFailure(refusal: Refusal) {
  const { kind, status, param = null, tokens } = refusal
  const message =
    tokens === undefined
      ? refusal.message
      : `This model's maximum context length is ${tokens.window} tokens. However, your messages resulted in ${tokens.prompt} tokens.`
  const type = kind === 'queue-full' ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error'
  return { status, body: { error: { message, type, param, code: codes[kind] ?? null } } }
}
