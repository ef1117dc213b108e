import type { ChatBody } from './chat-body.ts'
import type { Refusal } from './wire.ts'

const kinds: Record<string, string> = { string: 'string', number: 'number', boolean: 'bool', object: 'object' }
const levels = ['high', 'medium', 'low', 'max']

/** A body as Go's decoder takes it, or its refusal. */
export function decodeJson(text: string): { value: Record<string, unknown> } | Refusal {
  if (text.trim() === '') return { status: 400, error: 'missing request body' }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { value: value as Record<string, unknown> }
    return { status: 400, error: `json: cannot unmarshal ${kindOf(value)} into Go value of type api.ChatRequest` }
  } catch {
    const start = text.trim()[0] ?? ''
    const error = start === '{' ? 'unexpected EOF' : `invalid character '${start}' looking for beginning of value`
    return { status: 400, error }
  }
}

/** The types of the fields that clients get wrong, refused in Go's words. */
export function decodeChat(value: Record<string, unknown>): { body: ChatBody } | Refusal {
  const body = { messages: [], ...value } as unknown as ChatBody
  const mismatch =
    fieldMismatch('ChatRequest.model', value.model, 'string') ??
    fieldMismatch('ChatRequest.stream', value.stream, 'bool') ??
    fieldMismatch('ChatRequest.truncate', value.truncate, 'bool') ??
    fieldMismatch('ChatRequest.messages', value.messages, 'array') ??
    body.messages.map(messageMismatch).find((found) => found !== undefined)
  if (mismatch) return { status: 400, error: mismatch }
  if (typeof body.think === 'string' && !levels.includes(body.think)) {
    const error = `invalid think value: ${JSON.stringify(body.think)} (must be "high", "medium", "low", "max", true, or false)`
    return { status: 400, error }
  }
  if (typeof body.keep_alive === 'string' && !/^-?([\d.]+(ns|us|µs|ms|s|m|h))+$|^0$/.test(body.keep_alive)) {
    return { status: 400, error: `time: invalid duration ${JSON.stringify(body.keep_alive)}` }
  }
  return { body: { ...body, model: body.model ?? '' } }
}

function messageMismatch({ content, tool_calls: calls = [] }: ChatBody['messages'][number]): string | undefined {
  // Arguments have a decoder of their own, with its own words.
  if (calls.some((call) => typeof call.function.arguments === 'string')) {
    return "Value looks like object, but can't find closing '}' symbol"
  }
  return fieldMismatch('ChatRequest.messages.content', content, 'string')
}

function fieldMismatch(field: string, value: unknown, wanted: string): string | undefined {
  if (value === undefined || value === null || kindOf(value) === wanted) return undefined
  const type = { array: '[]api.Message', object: 'map[string]interface {}' }[wanted] ?? wanted
  return `json: cannot unmarshal ${kindOf(value)} into Go struct field ${field} of type ${type}`
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : (kinds[typeof value] ?? 'null')
}

/** `model`, or `name` as it was once called. */
export function modelField({ model, name }: Record<string, unknown>): string {
  const given = model ?? name
  return typeof given === 'string' ? given : ''
}
