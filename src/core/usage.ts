import type { Usage } from './model.ts'

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
