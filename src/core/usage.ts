import type { Model, Usage } from './model.ts'

export const noUsage: Usage = { promptTokens: 0, outputTokens: 0, loadMs: 0, promptMs: 0, outputMs: 0, modelCalls: 0 }

export function addUsage(left: Usage, right: Usage): Usage {
  return {
    promptTokens: left.promptTokens + right.promptTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    loadMs: left.loadMs + right.loadMs,
    promptMs: left.promptMs + right.promptMs,
    outputMs: left.outputMs + right.outputMs,
    modelCalls: left.modelCalls + right.modelCalls,
  }
}

/** What requests took that had no whole reply, which no Usage tells. */
export type Cut = { requests: number; ms: number }

/** The same model, which notes in `cut` what its requests took that broke off or had to be repeated. */
export function watchCuts(model: Model, cut: Cut): Model {
  const chat: Model['chat'] = async (request, context) => {
    context.signal.throwIfAborted()
    const started = Date.now()
    try {
      const reply = await model.chat(request, context)
      const { modelCalls, loadMs, promptMs, outputMs } = reply.usage
      if (modelCalls > 1) cut.ms += Math.max(0, Date.now() - started - loadMs - promptMs - outputMs)
      return reply
    } catch (error) {
      cut.requests += 1
      cut.ms += Date.now() - started
      throw error
    }
  }
  // Not a copy: its window and its way of calling tools may change.
  return Object.assign(Object.create(model) as Model, { chat })
}
