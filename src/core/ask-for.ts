import type * as z from 'zod'
import type { Message, Model, Usage } from './model.ts'
import { toJsonSchema } from './json-schema.ts'
import { parseReply } from './parse-reply.ts'
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

/** More than any tokenizer makes of a token, but for blanks: a longer reply is not what was asked for. */
const charsPerToken = 100

/**
 * Asks for JSON of one shape, without tools: the grammar of the server first, then our own validation, since the
 * grammar is no promise. The reply is read leniently (parse-reply.ts); one that can't be read is asked for once more, then
 * `value` is null. `overflow` and what the server does wrong reject.
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
      const parsed = await parseReply(schema, format, shorten(reply.message.content, maxTokens, warnings))
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

/** Nothing below looks at more than a reply may have. */
function shorten(text: string, maxTokens: number, warnings: string[]): string {
  const most = maxTokens * charsPerToken
  // guard: reply-length
  if (text.length <= most) return text
  warnings.push(`a reply of ${text.length} characters was cut after ${most}: no more was asked for`)
  return text.slice(0, most)
}
