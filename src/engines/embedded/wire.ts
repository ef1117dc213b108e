import { isRecord } from '../../core/fits.ts'
import type { JsonSchema } from '../../core/model.ts'
import type { Wire } from '../chat/wire.ts'
import type { Runner } from './runner.ts'

export type WireSettings = { runner: Runner; options: Readonly<Record<string, unknown>> }

/** A model in a process of its own. Its tools are in the prompt, so every message is text. */
export function createWire({ runner, options }: WireSettings): Wire {
  return {
    pauseMs: 500,
    async send({ messages, format, maxTokens, temperature }, manner, { signal, onWaiting, onDelta }) {
      const started = performance.now()
      const ticker = setInterval(() => onWaiting(Math.round(performance.now() - started)), 1000)
      const said = { content: '', thinking: '' }
      const order = {
        messages: messages.map(({ role, content }) => ({ role, content })),
        format: format && withOneOf(format),
        maxTokens,
        temperature: manner.temperature ?? temperature ?? numberOf(options['temperature']),
        seed: manner.seed ?? numberOf(options['seed']),
      }
      try {
        const { reason, usage } = await runner.chat(order, signal, (delta) => {
          clearInterval(ticker)
          said.content += delta.content
          said.thinking += delta.thinking
          onDelta(delta)
        })
        return { ...said, calls: [], doneReason: reason, usage }
      } finally {
        clearInterval(ticker)
      }
    },
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** The binding knows `oneOf` and not `anyOf`, which mean the same to a grammar. */
function withOneOf(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema
  const renamed: JsonSchema = anyOf === undefined ? rest : { ...rest, oneOf: anyOf }
  return Object.fromEntries(
    Object.entries(renamed).map(([key, value]) => [key, key === 'enum' || key === 'const' ? value : inner(value)]),
  )
}

function inner(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inner)
  return isRecord(value) ? withOneOf(value) : value
}
