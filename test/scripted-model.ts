import { estimatedCapacity } from '../src/core/estimate.ts'
import type { ChatRequest, Model, Reply, ToolCall } from '../src/core/model.ts'

/** One reply of the script: text is an answer, a list is tool calls, a Reply stands as it is, an Error is thrown. */
export type Line = string | { name: string; arguments: Record<string, unknown> }[] | Partial<Reply> | Error

/** Says its lines in order and keeps what it was asked. No network, no model. */
export function scriptedModel(lines: Line[], options: { window?: number } = {}): Model & { requests: ChatRequest[] } {
  const requests: ChatRequest[] = []
  const script = [...lines]
  return {
    name: 'scripted',
    id: 'sha256:0',
    ...estimatedCapacity(options.window ?? 8192),
    toolCalling: 'native',
    requests,
    async chat(request, { signal, emit }) {
      signal.throwIfAborted()
      requests.push({ ...request, messages: [...request.messages] })
      const line = script.shift()
      if (line === undefined) throw new Error('the script has no more lines')
      if (line instanceof Error) throw line
      const reply = replyOf(line, requests.length)
      if (reply.message.content !== '') emit({ type: 'text', text: reply.message.content })
      return reply
    },
  }
}

function replyOf(line: Exclude<Line, Error>, count: number): Reply {
  const usage = { promptTokens: 10, outputTokens: 5, loadMs: 0, promptMs: 1, outputMs: 1, modelCalls: 1 }
  const base: Reply = {
    message: { role: 'assistant', content: '', toolCalls: [] },
    outcome: 'answer',
    usage,
    warnings: [],
  }
  if (typeof line === 'string') return { ...base, message: { ...base.message, content: line } }
  if (!Array.isArray(line)) return { ...base, ...line }
  const toolCalls: ToolCall[] = line.map((call, at) => ({ id: `call_${count}_${at}`, recovered: false, ...call }))
  return { ...base, outcome: 'tools', message: { ...base.message, toolCalls } }
}
