import type { Think } from '../engine.ts'
import type { Wire } from '../chat/wire.ts'
import { thinkFor } from '../dialect/thinking.ts'
import { chatBody } from './chat-body.ts'
import { defaultKeepAlive, type OllamaServer } from './server.ts'

export type WireSettings = {
  server: OllamaServer
  /** The model's name as the person wrote it. */
  name: string
  /** The name that is sent, with `:local` if the server understands that. */
  sentAs: string
  family?: string
  capabilities: readonly string[]
  numCtx: number
  /** Model options, except the window and the length of the reply. */
  options: Readonly<Record<string, unknown>>
  think?: Think
  keepAlive?: string | number
}

/** A model of an Ollama server. */
export function createWire(settings: WireSettings): Wire {
  const { server, name, sentAs, capabilities, family, numCtx, options, keepAlive = defaultKeepAlive } = settings
  return {
    pauseMs: server.budgets.pauseMs,
    async send(request, { noThinking, thinkRefused, seed, temperature }, listening) {
      const wish = noThinking ? false : settings.think
      const think = !thinkRefused && thinkFor({ capabilities, family, wish, structured: request.format !== undefined })
      const body = chatBody(request, { model: sentAs, numCtx, options, keepAlive, think, seed, temperature })
      return server.chat(body, { ...listening, model: name })
    },
  }
}
