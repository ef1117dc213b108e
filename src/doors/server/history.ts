import type { Message, ToolCall } from '../../core/model.ts'

type ToolMessage = Extract<Message, { role: 'tool' }>

const notCarriedOut = 'Error: this call was not carried out'

/**
 * Puts the messages of a client into an order that every template takes: one system message, which comes first; no two
 * of the same role in a row; each call with its result. What was said stays in its order, so that a longer conversation
 * begins as the shorter one did, and the engine need not read it again.
 */
export function settleHistory(messages: readonly Message[]): Message[] {
  const first = messages.findIndex(({ role }) => role !== 'system')
  const head = messages.slice(0, first < 0 ? messages.length : first)
  const system = joined(head.map(({ content }) => content))
  const settled = withResults(merge(messages.slice(head.length).flatMap(asSaid)))
  return system === '' ? settled : [{ role: 'system', content: system }, ...settled]
}

/** A system message in the middle is said by the user: most templates know only one. */
function asSaid(message: Message): Message[] {
  if (message.role === 'system') return asSaid({ role: 'user', content: message.content })
  const isEmpty = message.content.trim() === ''
  if (message.role === 'assistant') return isEmpty && message.toolCalls.length === 0 ? [] : [message]
  return isEmpty && message.role === 'user' ? [] : [message]
}

function merge(messages: readonly Message[]): Message[] {
  const merged: Message[] = []
  for (const message of messages) {
    const last = merged.at(-1)
    if (last?.role === 'user' && message.role === 'user') {
      merged.splice(-1, 1, { role: 'user', content: joined([last.content, message.content]) })
    } else if (last?.role === 'assistant' && message.role === 'assistant') {
      const content = joined([last.content, message.content])
      merged.splice(-1, 1, { ...last, content, toolCalls: [...last.toolCalls, ...message.toolCalls] })
    } else merged.push(message)
  }
  return merged
}

/** Each call is followed by its result. A result without a call is said by the user. */
function withResults(messages: readonly Message[]): Message[] {
  const settled: Message[] = []
  let open: ToolCall[] = []
  const close = () => {
    settled.push(...open.map((call) => resultOf(call, notCarriedOut)))
    open = []
  }
  for (const message of messages) {
    if (message.role === 'tool') {
      const call = callOf(message, open)
      if (call === undefined) close()
      open = open.filter((one) => one !== call)
      settled.push(call === undefined ? orphan(message.content) : resultOf(call, message.content))
      continue
    }
    close()
    settled.push(message)
    if (message.role === 'assistant') open = [...message.toolCalls]
  }
  close()
  return merge(settled)
}

/** A result without an id, as some clients send it, is that of the first open call of its name, else of the first. */
function callOf({ toolCallId, toolName }: ToolMessage, open: readonly ToolCall[]): ToolCall | undefined {
  if (toolCallId !== '') return open.find(({ id }) => id === toolCallId)
  return open.find(({ name }) => name === toolName) ?? open[0]
}

function resultOf({ id, name }: ToolCall, content: string): Message {
  return { role: 'tool', toolCallId: id, toolName: name, content }
}

function orphan(content: string): Message {
  return { role: 'user', content: `[result of a tool]\n${content}` }
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text.trim() !== '').join('\n\n')
}
