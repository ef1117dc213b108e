import { isRecord } from '../../core/fits.ts'
import type { JsonSchema, Message, ToolSpec } from '../../core/model.ts'

/**
 * The conversation for a model without tool calling of its own: the tools and the form of a call are in the system
 * text, calls and results are plain text. Replies are read by recoverToolCalls.
 *
 * One for each model in a run: what was once said in a system text is said again in every later request with that text,
 * also in those that offer no tools, since the server's prefix cache holds only what stays the same to the byte.
 */
export function createPrompted(): (messages: readonly Message[], tools: readonly ToolSpec[]) => Message[] {
  const protocols = new Map<string, string>()
  return (messages, tools) => {
    const [head, ...rest] = messages
    const system = head?.role === 'system' ? head.content : ''
    if (tools.length > 0) protocols.set(system, protocolOf(tools))
    const protocol = protocols.get(system)
    const isEnough = protocol !== undefined && tools.length === 0 && messages.at(-1)?.role === 'tool'
    const told = [
      ...systemMessage(system, protocol),
      ...(head?.role === 'system' ? rest : messages).map(asText),
      ...(isEnough ? [{ role: 'user' as const, content: enough }] : []),
    ]
    return merged(told)
  }
}

const enough = 'No more tool calls. Answer now with what you know.'

const callForm = '<tool_call>{"name": "…", "arguments": {…}}</tool_call>'

/** All that a model is told about its tools and what it is to do with them. */
export function protocolWords(tools: readonly ToolSpec[]): string {
  return `${protocolOf(tools)}\n${enough}`
}

function protocolOf(tools: readonly ToolSpec[]): string {
  return [
    'You can call these tools:',
    '',
    ...tools.map(toolLine),
    '',
    `To call a tool, write only this, one line for each call, and stop: ${callForm}`,
    'The next message brings the results. When you know enough, answer without any call.',
  ].join('\n')
}

function toolLine({ name, description, parameters }: ToolSpec): string {
  const required = Array.isArray(parameters.required) ? parameters.required : []
  const properties = Object.entries(isRecord(parameters.properties) ? parameters.properties : {})
  const list = properties.map(([key, schema]) => `  ${argumentLine(key, schema as JsonSchema, required.includes(key))}`)
  return [`- ${name}: ${description}`, ...list].join('\n')
}

function argumentLine(name: string, schema: JsonSchema, isRequired: boolean): string {
  const choices = Array.isArray(schema.enum) ? schema.enum.map((choice) => JSON.stringify(choice)).join(' or ') : ''
  const type = choices || [schema.type].flat().filter(Boolean).join(' or ')
  const description = typeof schema.description === 'string' ? `: ${schema.description}` : ''
  return `"${name}" (${[type, isRequired ? 'required' : 'optional'].filter(Boolean).join(', ')})${description}`
}

function systemMessage(system: string, protocol: string | undefined): Message[] {
  const content = [system, protocol].filter(Boolean).join('\n\n')
  return content === '' ? [] : [{ role: 'system', content }]
}

function asText(message: Message): Message {
  if (message.role === 'tool') {
    return { role: 'user', content: `Result of ${message.toolName}:\n${message.content}` }
  }
  if (message.role !== 'assistant' || message.toolCalls.length === 0) return message
  const calls = message.toolCalls.map(({ name, arguments: given }) => {
    return `<tool_call>${JSON.stringify({ name, arguments: given })}</tool_call>`
  })
  return { ...message, content: [message.content, ...calls].filter(Boolean).join('\n'), toolCalls: [] }
}

/** Templates of such models refuse two turns of the same role in a row, or lose one. */
function merged(messages: readonly Message[]): Message[] {
  const result: Message[] = []
  for (const message of messages) {
    const last = result.at(-1)
    if (message.role === 'user' && last?.role === 'user') {
      result[result.length - 1] = { role: 'user', content: `${last.content}\n\n${message.content}` }
    } else result.push(message)
  }
  return result
}
