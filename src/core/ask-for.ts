import type * as z from 'zod'
import type { Message, Model, Usage } from './model.ts'
import { toJsonSchema } from './json-schema.ts'
import { type Emit, asData } from './events.ts'
import { addUsage, noUsage } from './usage.ts'

export type Structured<T> = {
  value: T | null
  usage: Usage
  warnings: string[] /** Why there is no value. */
  problem?: string
}

export type AskContext = { model: Model; emit: Emit; signal: AbortSignal; maxTokens: number }

/** The same words at the same temperature would only give the same reply. */
const livelier = 0.4

/** How often the model may try. The second try is told what was wrong with the first. */
const attempts = 2

/**
 * Asks for JSON of one shape, without tools: the grammar of the server first, then our own validation, since the
 * grammar is no promise. One repair of the text, one retry, then `value` is null. `overflow` and what the server does
 * wrong reject.
 */
export async function askFor<T>(
  schema: z.ZodType<T>,
  messages: readonly Message[],
  context: AskContext,
): Promise<Structured<T>> {
  const { model, emit, signal, maxTokens } = context
  const format = toJsonSchema(schema)
  let usage = noUsage
  let problem = ''
  const warnings: string[] = []
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const asked = problem === '' ? messages : [...messages, correction(problem)]
    const reply = await model.chat(
      { messages: asked, tools: [], format, maxTokens, temperature: attempt > 1 ? livelier : undefined },
      { signal, emit: asData(emit) },
    )
    usage = addUsage(usage, reply.usage)
    warnings.push(...reply.warnings)
    if (reply.outcome === 'answer') {
      const parsed = await parseReply(schema, reply.message.content)
      if (parsed.success) return { value: parsed.data, usage, warnings }
      problem = parsed.problem
    } else {
      problem = reply.outcome === 'cut' ? 'the reply was too long and was cut' : 'the reply could not be used'
    }
    if (attempt < attempts) emit({ type: 'retry', reason: problem, attempt })
  }
  return { value: null, usage, warnings, problem }
}

function correction(problem: string): Message {
  return {
    role: 'user',
    content: `That was not usable: ${problem}. Reply again with only the JSON object, short and complete.`,
  }
}

type Parsed<T> = { success: true; data: T } | { success: false; problem: string }

/** JSON.parse, then the first balanced object, then a repair: each judged by the schema, never trusted without it. */
async function parseReply<T>(schema: z.ZodType<T>, text: string): Promise<Parsed<T>> {
  let problem = 'it is not JSON'
  for (const candidate of candidates(text)) {
    for (const read of [JSON.parse, await repaired()]) {
      try {
        const result = schema.safeParse(read(candidate))
        if (result.success) return { success: true, data: result.data }
        const [issue] = result.error.issues
        problem = `${issue?.path.join('.') || 'the reply'}: ${issue?.message ?? 'has the wrong shape'}`
      } catch {
        // The next reading may understand it.
      }
    }
  }
  return { success: false, problem }
}

function candidates(text: string): string[] {
  const trimmed = text.trim()
  const start = trimmed.search(/[[{]/)
  const end = Math.max(trimmed.lastIndexOf('}'), trimmed.lastIndexOf(']'))
  const inner = start >= 0 && end > start ? trimmed.slice(start, end + 1) : ''
  // A repair would turn prose into a string, so text without an object is not offered to it.
  return [...new Set([inner === '' ? '' : trimmed, inner])].filter((candidate) => candidate !== '')
}

async function repaired(): Promise<(text: string) => unknown> {
  const { jsonrepair } = await import('jsonrepair')
  return (text) => JSON.parse(jsonrepair(text)) as unknown
}
