import type { Message, ToolSpec } from '../../src/core/model.ts'

export const user = (content: string): Message => ({ role: 'user', content })

/** A request whose answer does not matter. */
export const short = { tools: [], maxTokens: 8 }

export const tool: ToolSpec = {
  name: 'read_file',
  description: 'Reads a file',
  parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
}

/** Words of which each is a token or two, and no two texts of another seed share a beginning. */
export function words(count: number, seed: number): string {
  return Array.from({ length: count }, (_, index) => `item${(index * 7919 + seed * 104_729) % 9973}`).join(' ')
}

/** What a model has to keep to, and a question for it. */
export const structured = {
  question: user('Line 3 divides by zero. Say how severe that is, as JSON.'),
  format: {
    type: 'object',
    properties: {
      severity: { type: 'string', enum: ['low', 'high'] },
      line: { type: 'integer', minimum: 1, maximum: 9 },
    },
    required: ['severity', 'line'],
  },
  holds: (content: string) => {
    const { severity, line } = JSON.parse(content) as { severity: string; line: number }
    return ['low', 'high'].includes(severity) && Number.isInteger(line)
  },
}

/** A call and its result, after a question. */
export function history(question: Message, result: string): Message[] {
  const call = { id: 'call_1', name: tool.name, arguments: { path: 'a.ts' }, recovered: false }
  return [
    question,
    { role: 'assistant', content: '', toolCalls: [call] },
    { role: 'tool', toolCallId: call.id, toolName: call.name, content: result },
  ]
}
