import { estimatedCapacity } from '../core/estimate.ts'
import type { ChatContext, ChatRequest, Model, Reply } from '../core/model.ts'
import type { Engine, ModelInfo } from '../engines/engine.ts'

/** What the script says to one request: a text, or calls of tools. */
export type Line = { text: string } | { calls: { name: string; arguments: Record<string, unknown> }[] }

type Script = (request: ChatRequest) => Line

const only: ModelInfo = { name: 'scripted-replies', id: '', bytes: 0, isLocal: true }
const windowTokens = 16_384

/** An engine whose only model reads its replies from a script. It has no server and contacts nothing. */
export function createScriptedEngine(script: Script): Engine {
  return {
    name: 'script',
    url: 'the script',
    isThisMachine: true,
    version: async () => '1',
    list: async () => [only],
    unlisted: () => undefined,
    describe: async () => ({ canChat: true, canThink: false, isLocal: true, toolCalling: 'native' }),
    open: async () => createModel(script),
    install: () => 'local-brain demo',
    render: ({ tools, format, options }) => ({ tools: [...tools], format, options: { ...options } }),
    close: () => undefined,
  }
}

function createModel(script: Script): Model {
  const capacity = estimatedCapacity(windowTokens)
  let calls = 0
  return {
    name: only.name,
    id: only.id,
    toolCalling: 'native',
    ...capacity,
    async chat(request: ChatRequest, { signal, emit }: ChatContext): Promise<Reply> {
      signal.throwIfAborted()
      const line = script(request)
      const message: Reply['message'] = { role: 'assistant', content: '', toolCalls: [] }
      if ('text' in line) message.content = line.text
      else message.toolCalls = line.calls.map((call) => ({ ...call, id: `call_${++calls}`, recovered: false }))
      for (const word of message.content.match(/\S*\s*/g) ?? []) if (word !== '') emit({ type: 'text', text: word })
      const promptTokens = capacity.tokens(request.messages, request.tools)
      const outputTokens = capacity.tokens([message], [])
      const usage = { promptTokens, outputTokens, loadMs: 0, promptMs: 0, outputMs: 0, modelCalls: 1 }
      return { message, outcome: 'text' in line ? 'answer' : 'tools', usage, warnings: [] }
    },
  }
}
