import type * as z from 'zod'
import type { JsonSchema, Message, Model, Usage } from './model.ts'
import { maxReplyChars } from './estimate.ts'
import { parseReply } from './parse-reply.ts'
import { type Emit, asData } from './events.ts'
import { addUsage, noUsage } from './usage.ts'

export type Structured<T> = {
  value: T | null
  usage: Usage
  warnings: string[]
  /** Why there is no value. */
  problem?: string
}

export type AskContext = {
  model: Model
  emit: Emit
  signal: AbortSignal
  maxTokens: number
  /** What the server is given. Default: all of the schema. */
  format?: JsonSchema
}

/** With a `format`, it is loaded when there is a reply to read. */
export type Schema<T> = z.ZodType<T> | (() => Promise<z.ZodType<T>>)

/** The temperature of the second attempt. At the first one's, the same words would only give the same reply. */
const retryTemperature = 0.4

/** How often the model may try. The second try is told what was wrong with the first. */
const maxAttempts = 2

/**
 * Asks for JSON of one shape, without tools. The server is given the schema, but may not keep to it, so the reply is
 * parsed leniently and validated here too (parse-reply.ts). A reply that can't be parsed is asked for once more; after
 * that `value` is null. Rejects with `overflow` and with errors of the server.
 */
export async function askFor<T>(
  schema: Schema<T>,
  messages: readonly Message[],
  context: AskContext,
): Promise<Structured<T>> {
  const { model, emit, signal, maxTokens } = context
  const load = async () => (typeof schema === 'function' ? schema() : schema)
  const format = context.format ?? (await formatOf(await load()))
  const plain = createPlain(model, messages)
  let usage = noUsage
  let problem = ''
  const warnings: string[] = []
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const asked = problem === '' ? messages : [...messages, correction(problem)]
    const reply = await model.chat(
      { messages: asked, tools: [], format, maxTokens, temperature: attempt > 1 ? retryTemperature : undefined },
      { signal, emit: asData(emit) },
    )
    usage = addUsage(usage, reply.usage)
    warnings.push(...reply.warnings)
    if (reply.outcome === 'answer') {
      const text = shorten(reply.message.content, maxTokens, warnings)
      const parsed = await parseReply(text, { schema: await load(), format, plain })
      if (parsed.success) return { value: parsed.data, usage, warnings }
      problem = parsed.problem
    } else {
      problem = reply.outcome === 'cut' ? 'the reply was too long and was cut' : 'the reply could not be used'
    }
    if (attempt < maxAttempts) emit({ type: 'retry', reason: problem, attempt })
  }
  return { value: null, usage, warnings, problem }
}

async function formatOf(schema: z.ZodType): Promise<JsonSchema> {
  const { toJsonSchema } = await import('./json-schema.ts')
  return toJsonSchema(schema)
}

/** Several readings of a reply hold the same text, which is parsed once. */
function createPlain(model: Model, messages: readonly Message[]): (text: string) => string {
  const shown = messages.map(({ content }) => content).join('\n')
  const known = new Map<string, string>()
  return (text) => {
    const plain = known.get(text) ?? model.plain?.(text, shown) ?? text
    known.set(text, plain)
    return plain
  }
}

function correction(problem: string): Message {
  return {
    role: 'user',
    content: `That was not usable: ${problem}. Reply again with only the JSON object, short and complete.`,
  }
}

/** Cuts a reply that is longer than was asked for before it is parsed. */
function shorten(text: string, maxTokens: number, warnings: string[]): string {
  const maxChars = maxReplyChars(maxTokens)
  // guard: reply-length
  if (text.length <= maxChars) return text
  warnings.push(`a reply of ${text.length} characters was cut after ${maxChars}: no more was asked for`)
  return text.slice(0, maxChars)
}
