import type * as z from 'zod'
import type { JsonSchema, Message, Model, Usage } from './model.ts'
import { toJsonSchema } from './json-schema.ts'
import { type Emit, asData } from './events.ts'
import { type JsonInText, jsonInText } from './json-in-text.ts'
import { readAs, withInner } from './read-as.ts'
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
 * grammar is no promise. The reply is read leniently (`parseReply`); one that can't be read is asked for once more, then
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

type Parsed<T> = { success: true; data: T } | { success: false; problem: string }

/**
 * Finds the value in a reply: among prose and other objects the last that fits counts. What stands there as JSON comes
 * first, then what a repair makes of broken JSON, then the whole values inside it. Each is judged by the schema, as it
 * is and then with names and types put right.
 */
async function parseReply<T>(schema: z.ZodType<T>, format: JsonSchema, text: string): Promise<Parsed<T>> {
  const found = jsonInText(text)
  let problem = 'it is not JSON'
  for (const values of [async () => found.whole, async () => repaired(text, found), async () => found.inside]) {
    const outcome = lastThatFits(schema, format, await values())
    if (outcome?.success) return outcome
    if (outcome !== undefined && problem === 'it is not JSON') problem = outcome.problem
  }
  return { success: false, problem }
}

/** Values of one reply that are looked at, from its end. */
const mostValues = 500

function lastThatFits<T>(schema: z.ZodType<T>, format: JsonSchema, values: unknown[]): Parsed<T> | undefined {
  let problem: string | undefined
  const each = values.slice(-mostValues).toReversed()
  // All of them as one list come last: somebody may have left out the brackets.
  for (const value of [...each.flatMap((one) => withInner(one)), ...(values.length > 0 ? [values] : [])]) {
    for (const reading of [value, readAs(format, value)]) {
      const result = schema.safeParse(reading)
      if (result.success) return { success: true, data: result.data }
      const [issue] = result.error.issues
      problem ??= `${issue?.path.join('.') || 'the reply'}: ${issue?.message ?? 'has the wrong shape'}`
    }
  }
  return problem === undefined ? undefined : { success: false, problem }
}

/** A repair takes its time, and a reply that somebody may read is shorter. */
const longestRepair = 40_000

/** What stands between two brackets for something that the writer left out. */
const elision = /[[{,:]\s{0,99}(?:\.{3}|…)\s{0,99}[\]},]/

/** Broken JSON put right, when that invents nothing: no end for a list that breaks off, no empty list out of something. */
async function repaired(text: string, { brokenAt }: JsonInText): Promise<unknown[]> {
  const start = brokenAt ?? text.search(/[[{]/)
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']')) + 1
  const source = start < 0 ? '' : text.slice(start, end)
  if (source === '' || source.length > longestRepair || elision.test(source)) return []
  try {
    const { jsonrepair } = await import('jsonrepair')
    const mended = jsonrepair(source)
    const invents = [/\]/g, /\[\s*\]/g].some((sign) => countOf(sign, mended) > countOf(sign, source))
    return invents ? [] : [JSON.parse(mended) as unknown]
  } catch {
    return []
  }
}

function countOf(pattern: RegExp, text: string): number {
  return text.match(pattern)?.length ?? 0
}
