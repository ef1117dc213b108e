import type { ChatBody, WireMessage } from './chat-body.ts'

const fields = ['model', 'messages', 'stream', 'tools', 'format', 'think', 'keep_alive', 'truncate', 'options']
const always = ['stream', 'think', 'keep_alive', 'truncate']
const messageFields: Record<string, string[]> = {
  system: ['role', 'content'],
  user: ['role', 'content'],
  assistant: ['role', 'content', 'thinking', 'tool_calls'],
  tool: ['role', 'content', 'tool_name', 'tool_call_id'],
}
const sampling = ['num_predict', 'num_keep', 'seed', 'temperature', 'top_k', 'top_p', 'min_p', 'typical_p', 'stop']
const penalties = ['repeat_last_n', 'repeat_penalty', 'presence_penalty', 'frequency_penalty']
const loading = ['num_ctx', 'num_batch', 'num_gpu', 'main_gpu', 'use_mmap', 'num_thread', 'draft_num_predict']
const options = [...sampling, ...penalties, ...loading]

/** Where a request departs from what this project's client promises to send. A request that only loads needs less. */
export function strictViolations(body: ChatBody): string[] {
  const given = body.options ?? {}
  const loadsOnly = body.messages.length === 0
  const required = loadsOnly ? ['keep_alive'] : always
  const requiredOptions = body.keep_alive === 0 && loadsOnly ? [] : loadsOnly ? ['num_ctx'] : ['num_ctx', 'num_predict']
  return [
    ...Object.keys(body)
      .filter((field) => !fields.includes(field))
      .map((field) => `${field} is sent`),
    ...Object.keys(given)
      .filter((name) => !options.includes(name))
      .map((name) => `options.${name} is no option`),
    ...required.filter((field) => !(field in body)).map((field) => `${field} is missing`),
    ...requiredOptions.filter((name) => !(name in given)).map((name) => `options.${name} is missing`),
    ...(body.truncate ? ['truncate is true'] : []),
    ...(body.format !== undefined && body.tools?.length ? ['format comes together with tools'] : []),
    ...body.messages.flatMap((message, index) => messageViolations(message, body.messages[index - 1], index)),
  ]
}

function messageViolations(message: WireMessage, before: WireMessage | undefined, index: number): string[] {
  const known = messageFields[message.role]
  if (!known) return [`message ${index} has the role ${JSON.stringify(message.role)}`]
  const odd = Object.keys(message).filter((field) => !known.includes(field))
  const found = odd.map((field) => `message ${index} (${message.role}) has ${field}`)
  if (message.role === 'tool') {
    if (!message.tool_name || !message.tool_call_id)
      found.push(`message ${index} (tool) lacks tool_name or tool_call_id`)
    if (before?.role !== 'tool' && !before?.tool_calls?.length) found.push(`message ${index} (tool) answers no call`)
  }
  if (message.role === 'assistant' && before?.role === 'assistant')
    found.push(`message ${index} is a second assistant in a row`)
  return found
}
