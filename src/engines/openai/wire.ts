import type { ChatRequest } from '../../core/model.ts'
import { failureOf } from '../chat/failure.ts'
import type { ChatReply, Wire } from '../chat/wire.ts'
import { thinkFor } from '../dialect/thinking.ts'
import type { Think } from '../engine.ts'
import { chatBody, formatLevels } from './chat-body.ts'
import type { OpenAiServer } from './server.ts'

export type WireSettings = {
  server: OpenAiServer
  name: string
  /** Model options, except the length of the reply. */
  options: Readonly<Record<string, unknown>>
  think?: Think
}

/** A reply shorter than this is of no use. */
const minReply = 64

type State = { level: number; maxTokens?: number }

/** A model of an OpenAI-compatible server. */
export function createWire({ server, name, options, think: wished }: WireSettings): Wire {
  /** How far down a server made it go that takes no schema. */
  const known = { level: 0 }
  return {
    pauseMs: server.budgets.pauseMs,
    async send(request, { noThinking, thinkRefused, seed, temperature }, listening) {
      const wish = noThinking ? false : wished
      const structured = request.format !== undefined
      const think = thinkFor({ capabilities: ['thinking'], family: baseName(name), wish, structured })
      const once = async ({ level, maxTokens = request.maxTokens }: State): Promise<ChatReply> => {
        const formatLevel = formatLevels[level] ?? 'none'
        const sent = { model: name, options, formatLevel, maxTokens, seed, temperature }
        const body = chatBody(request, { ...sent, think: thinkRefused ? undefined : think })
        return server.chat(body, { ...listening, model: name })
      }
      let state: State = { level: known.level }
      // Each refusal that can be met is met once, or once for each level: a schema, JSON, nothing.
      for (;;) {
        try {
          return await once(state)
        } catch (error) {
          const next = easier(state, request, error)
          if (next === undefined) throw error
          state = next
          known.level = state.level
        }
      }
    },
  }
}

/** What a server that refused may take all the same. */
function easier(state: State, { format }: ChatRequest, error: unknown): State | undefined {
  const { kind, promptTokens = 0, numCtx = 0 } = failureOf(error) ?? {}
  const isLast = state.level === formatLevels.length - 1
  if (kind === 'no-format' && format !== undefined && !isLast) return { ...state, level: state.level + 1 }
  // Some servers refuse a reply that could become too long for what the prompt leaves of the window.
  const room = numCtx - promptTokens
  const isFitting = kind === 'overflow' && promptTokens > 0 && room >= minReply && state.maxTokens === undefined
  return isFitting ? { ...state, maxTokens: room } : undefined
}

/** `openai/gpt-oss-20b` → `gpt-oss-20b`. */
function baseName(name: string): string {
  return name.split(/[/\\]/).at(-1) ?? name
}
