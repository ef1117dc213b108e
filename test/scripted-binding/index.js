// As much of node-llama-cpp as src' embedded engine uses, with replies that the weights file holds: a GGUF mark, then
// JSON. No model is involved. Written against release 3.21.1, and tried against it (docs/engines.md).
import { readFileSync } from 'node:fs'

export const LlamaLogLevel = { disabled: 'disabled' }

export async function getLlama() {
  return {
    async loadModel({ modelPath }) {
      const script = JSON.parse(readFileSync(modelPath, 'utf8').slice(4).split('\0', 1)[0])
      if (script.broken) throw new Error('failed to load the model')
      const tokenizer = {}
      return {
        trainContextSize: script.trained ?? 4096,
        tokenizer,
        script,
        createContext: async ({ contextSize }) => contextOf(contextSize, script),
      }
    },
    createGrammarForJsonSchema: async (schema) => ({ schema }),
    getGrammarFor: async (name) => ({ name }),
  }
}

function contextOf(contextSize, script) {
  let used = 0
  const tokenMeter = { getState: () => used, diff: (before) => ({ usedOutputTokens: used - before }) }
  return {
    contextSize,
    dispose: async () => undefined,
    getSequence: () => ({ tokenMeter, script, use: (count) => (used += count) }),
  }
}

export class LlamaChat {
  constructor({ contextSequence }) {
    this.sequence = contextSequence
    this.chatWrapper = {
      generateContextState: ({ chatHistory }) => ({
        contextText: { tokenize: () => Array.from({ length: Math.ceil(JSON.stringify(chatHistory).length / 4) }) },
      }),
    }
  }

  async generateResponse(history, { signal, maxTokens, grammar, onResponseChunk }) {
    const { replies } = this.sequence.script
    const asked = history.filter(({ type }) => type === 'user').at(-1).text
    const reply = replies.find(({ when }) => asked.includes(when)) ?? replies.at(-1)
    if (reply.dies) process.kill(process.pid, 'SIGKILL')
    const words = (grammar === undefined ? reply.text : JSON.stringify(reply.json)).match(/\S*\s*/g).filter(Boolean)
    for (const [index, word] of words.entries()) {
      if (index >= maxTokens) return { metadata: { stopReason: 'maxTokens' } }
      this.sequence.use(1)
      onResponseChunk({ type: undefined, text: word })
    }
    // One that is deaf does not even notice that it is to stop.
    if (reply.deaf) await new Promise((resolve) => setTimeout(resolve, 60_000))
    if (reply.hangs) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    return { metadata: { stopReason: 'eogToken' } }
  }
}
