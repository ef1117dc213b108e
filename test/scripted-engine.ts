import { estimatedCapacity } from '../src/core/estimate.ts'
import type { ChatRequest, Reply } from '../src/core/model.ts'
import type { Engine } from '../src/engines/engine.ts'

/** Says what `answer` makes of each request, in its order. Knows no server. */
export function scriptedEngine(answer: (request: ChatRequest, number: number) => Partial<Reply>): Engine & {
  requests: ChatRequest[]
  closed: number
} {
  const usage = { promptTokens: 1, outputTokens: 1, loadMs: 0, promptMs: 0, outputMs: 0, modelCalls: 1 }
  const engine = {
    name: 'scripted',
    url: 'nowhere',
    isThisMachine: true,
    requests: [] as ChatRequest[],
    closed: 0,
    version: async () => '1',
    list: async () => [{ name: 'parrot', id: 'p1', bytes: 1, isLocal: true }],
    unlisted: () => undefined,
    describe: async () => ({ canChat: true, canThink: false, isLocal: true, toolCalling: 'native' as const }),
    install: (name: string) => `teach ${name}`,
    render: ({ tools, format, options }: Parameters<Engine['render']>[0]) => ({ tools: [...tools], format, options }),
    close: () => void (engine.closed += 1),
    open: async () => ({
      name: 'parrot',
      id: 'p1',
      toolCalling: 'native' as const,
      ...estimatedCapacity(8192),
      async chat(request: ChatRequest, { emit }: Parameters<Awaited<ReturnType<Engine['open']>>['chat']>[1]) {
        engine.requests.push({ ...request, messages: [...request.messages] })
        const reply = answer(request, engine.requests.length)
        const message = { role: 'assistant' as const, content: '', toolCalls: [], ...reply.message }
        if (message.content !== '') emit({ type: 'text', text: message.content })
        const outcome = message.toolCalls.length > 0 ? ('tools' as const) : ('answer' as const)
        return { outcome, usage, warnings: [], ...reply, message }
      },
    }),
  }
  return engine
}
