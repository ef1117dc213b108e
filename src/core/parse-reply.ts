import type * as z from 'zod'
import { type JsonInText, jsonInText } from './json-in-text.ts'
import type { JsonSchema } from './model.ts'
import { plainTexts, readAs, withInner } from './read-as.ts'

export type Parsed<T> = { success: true; data: T } | { success: false; problem: string }

export type Shape<T> = {
  schema: z.ZodType<T>
  format: JsonSchema
  /** Takes out of one text what is no part of it. */
  plain: (text: string) => string
}

/**
 * Finds the value in a reply: among prose and other objects the last that fits counts. What stands there as JSON comes
 * first, then what a repair makes of broken JSON, then the whole values inside it. Each is judged by the schema, as it
 * is and then with names and types put right.
 */
export async function parseReply<T>(text: string, shape: Shape<T>): Promise<Parsed<T>> {
  const found = jsonInText(text)
  let problem = 'it is not JSON'
  for (const values of [async () => found.whole, async () => repaired(text, found), async () => found.inside]) {
    const outcome = lastThatFits(shape, await values())
    if (outcome?.success) return outcome
    if (outcome !== undefined && problem === 'it is not JSON') problem = outcome.problem
  }
  return { success: false, problem }
}

/** Values of one reply that are looked at, from its end. */
const maxValues = 500

function lastThatFits<T>({ schema, format, plain }: Shape<T>, values: unknown[]): Parsed<T> | undefined {
  let problem: string | undefined
  const each = values.slice(-maxValues).toReversed()
  // All of them as one list come last: somebody may have left out the brackets.
  for (const value of [...each.flatMap((one) => withInner(one)), ...(values.length > 0 ? [values] : [])]) {
    const cleaned = plainTexts(value, plain)
    for (const reading of [cleaned, readAs(format, cleaned)]) {
      const result = schema.safeParse(reading)
      if (result.success) return { success: true, data: result.data }
      const [issue] = result.error.issues
      problem ??= `${issue?.path.join('.') || 'the reply'}: ${issue?.message ?? 'has the wrong shape'}`
    }
  }
  return problem === undefined ? undefined : { success: false, problem }
}

/** A repair takes its time, and a reply that somebody may read is shorter. */
const maxRepairChars = 40_000

/** A placeholder between two brackets for something that the writer left out. */
const elision = /[[{,:]\s{0,99}(?:\.{3}|…)\s{0,99}[\]},]/

/** Broken JSON put right, when that invents nothing: no end for a list that breaks off, no empty list out of something. */
async function repaired(text: string, { brokenAt }: JsonInText): Promise<unknown[]> {
  const start = brokenAt ?? text.search(/[[{]/)
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']')) + 1
  const source = start < 0 ? '' : text.slice(start, end)
  if (source === '' || source.length > maxRepairChars || elision.test(source)) return []
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
